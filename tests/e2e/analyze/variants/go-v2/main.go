package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// PutItemAPI is what a test replaces.
type PutItemAPI interface {
	PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

func put(ctx context.Context, api PutItemAPI, table, id string) (err error) {
	_, err = api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &table,
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	return
}

func handler(ctx context.Context, event struct{ ID string }) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	return put(ctx, dynamodb.NewFromConfig(cfg), tableName(), event.ID)
}

func main() {
	lambda.Start(handler)
}
