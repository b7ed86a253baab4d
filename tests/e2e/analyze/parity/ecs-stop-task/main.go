package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := ecs.NewFromConfig(cfg)
	_, err = client.StopTask(ctx, &ecs.StopTaskInput{Cluster: aws.String(os.Getenv("CLUSTER")), Task: aws.String(event["task"])})
	return err
}

func main() { lambda.Start(handler) }
