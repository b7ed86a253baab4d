package main

import (
	"context"

	"example.com/settle/store"
	"github.com/aws/aws-lambda-go/lambda"
)

type handler func(context.Context, map[string]string) error

var handlers = map[string]handler{
	"settle": func(ctx context.Context, event map[string]string) error {
		return store.Default().Save(ctx, event["id"])
	},
}

func main() {
	lambda.Start(func(ctx context.Context, event map[string]string) error {
		return handlers[event["kind"]](ctx, event)
	})
}
