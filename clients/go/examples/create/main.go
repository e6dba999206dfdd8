// Creates a job that is called a minute from now.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"ringback.dev/go"
)

func main() {
	client, err := ringback.New() // by RINGBACK_ENDPOINT and RINGBACK_API_KEY
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	job, err := client.Jobs.Create(context.Background(), ringback.CreateJobParams{
		URL:    "https://example.com/api/send-reminder",
		JSON:   map[string]string{"userId": "user_123"},
		Delay:  time.Minute,
		Labels: map[string]string{"team": "billing"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s until %s\n", job.ID, job.Status, job.NextRunAt)
}
