// Watches a job from its creation to its end.
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
	ctx := context.Background()

	job, err := client.Jobs.Create(ctx, ringback.CreateJobParams{
		URL: os.Getenv("RINGBACK_ENDPOINT") + "/healthz", Method: "GET", Delay: 3 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	for message, err := range client.Jobs.Watch(ctx, job.ID) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s: the job is %s\n", message.At.Format(time.TimeOnly), message.Type, message.Job.Status)
	}
}
