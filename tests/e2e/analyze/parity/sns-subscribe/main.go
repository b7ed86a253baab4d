package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sns.NewFromConfig(cfg)
	_, err = client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: aws.String(os.Getenv("TOPIC_ARN")), Protocol: aws.String("sqs")})
	return err
}

func main() { lambda.Start(handler) }
