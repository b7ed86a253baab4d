package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sdk.NewFromConfig(cfg)
	_, err = client.Invoke(ctx, &sdk.InvokeInput{FunctionName: aws.String(os.Getenv("WORKER"))})
	return err
}

func main() { lambda.Start(handler) }
