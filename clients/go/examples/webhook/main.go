// Receives a callback, and lets it through only when its signature is right.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"ringback.dev/go"
	"ringback.dev/go/webhook"
)

func main() {
	client, err := ringback.New()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()

	verifier, err := webhook.NewRefreshing(ctx, client.SigningSecrets.Secrets) // follows rotations
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(listener, verifier.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		delivery, _ := webhook.FromContext(r.Context())
		fmt.Printf("%s, attempt %d: %s\n", delivery.ID, delivery.Attempt, delivery.Body)
	})))

	job, err := client.Jobs.Create(ctx, ringback.CreateJobParams{
		URL: "http://" + listener.Addr().String(), Body: []byte("it is time"), Wait: 20 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s\n", job.ID, job.Status)
}
