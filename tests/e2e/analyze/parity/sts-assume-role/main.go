package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sts.NewFromConfig(cfg)
	_, err = client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(os.Getenv("ROLE_ARN")), RoleSessionName: aws.String("s")})
	return err
}

func main() { lambda.Start(handler) }
