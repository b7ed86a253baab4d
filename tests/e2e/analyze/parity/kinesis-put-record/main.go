package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := kinesis.NewFromConfig(cfg)
	_, err = client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: aws.String(os.Getenv("STREAM")), PartitionKey: aws.String(event["key"])})
	return err
}

func main() { lambda.Start(handler) }
