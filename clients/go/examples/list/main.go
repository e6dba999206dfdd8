// Lists jobs: one after the other, or page by page.
package main

import (
	"context"
	"fmt"
	"log"

	"ringback.dev/go"
)

func main() {
	client, err := ringback.New()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()

	waiting := ringback.ListJobsParams{Statuses: []ringback.JobStatus{ringback.JobPending}}
	for job, err := range client.Jobs.List(ctx, waiting) { // reads further pages as the loop gets there
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(job.ID, job.URL, job.NextRunAt)
	}

	page, err := client.Jobs.ListPage(ctx, ringback.ListJobsParams{PageSize: 10})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d jobs; more with PageToken %q\n", len(page.Items), page.NextPageToken)
}
