package ringback

// Ptr is a pointer to a value, for fields whose default is not their zero value:
//
//	ringback.CreateJobParams{MaxRetries: ringback.Ptr(5)}
//
// From Go 1.26 on, new(5) is the same.
func Ptr[T any](value T) *T {
	return &value
}
