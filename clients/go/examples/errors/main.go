// Handles what the server refuses.
package main

import (
	"context"
	"errors"
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

	_, err = client.Jobs.Create(context.Background(), ringback.CreateJobParams{URL: "nowhere", MaxRetries: ringback.Ptr(-1)})
	var refused *ringback.Error
	if !errors.As(err, &refused) {
		log.Fatalf("not refused: %v", err)
	}
	switch refused.Reason {
	case ringback.ReasonInvalidFields:
		for _, violation := range refused.FieldViolations {
			fmt.Printf("%s %s\n", violation.Field, violation.Description)
		}
	default:
		log.Fatal(refused)
	}
}
