package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := ssm.NewFromConfig(cfg)
	_, err = client.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String(os.Getenv("PARAMETER"))})
	return err
}

func main() { lambda.Start(handler) }
