package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(cfg)
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String("target"), Key: aws.String(event["key"]), CopySource: aws.String("source/a.txt")})
	return err
}

func main() { lambda.Start(handler) }
