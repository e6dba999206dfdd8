// Package ringback is the client of Ringback: durable, scheduled HTTP callbacks.
//
// A [Job] says which URL to call, with what, and when. Each firing of a job is an [Execution], each call of an
// execution is an [Attempt].
//
//	client, err := ringback.New(ringback.WithAPIKey(key))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	job, err := client.Jobs.Create(ctx, ringback.CreateJobParams{
//		URL:   "https://example.com/api/trial-expiry",
//		Delay: 24 * time.Hour,
//	})
//
// Everything that goes wrong with a call is an [*Error]. Calls are repeated by themselves where that is safe, and
// watches go on by themselves where a connection broke them off: see [WithTimeout], [WithRetryHook] and [Jobs.Watch].
//
// Package [ringback.dev/go/webhook] is the other side: it tells whether a callback is Ringback's.
package ringback
