package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sfn.NewFromConfig(cfg)
	_, err = client.ListStateMachines(ctx, &sfn.ListStateMachinesInput{})
	return err
}

func main() { lambda.Start(handler) }
