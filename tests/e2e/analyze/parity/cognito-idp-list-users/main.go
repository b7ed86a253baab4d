package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func handler(ctx context.Context, event map[string]string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := cognitoidentityprovider.NewFromConfig(cfg)
	_, err = client.ListUsers(ctx, &cognitoidentityprovider.ListUsersInput{UserPoolId: aws.String(os.Getenv("POOL"))})
	return err
}

func main() { lambda.Start(handler) }
