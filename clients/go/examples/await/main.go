// Waits for a job to end.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"ringback.dev/go"
)

func main() {
	client, err := ringback.New()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	job, err := client.Jobs.Create(ctx, ringback.CreateJobParams{
		URL: os.Getenv("RINGBACK_ENDPOINT") + "/healthz", Method: "GET", Delay: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	job, err = client.Jobs.Await(ctx, job.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s: the target answered %d\n", job.ID, job.Status, job.LastAttempt.StatusCode)
}
