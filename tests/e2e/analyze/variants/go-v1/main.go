package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
	"github.com/aws/aws-sdk-go/service/dynamodb/dynamodbiface"
)

type payments struct {
	db    dynamodbiface.DynamoDBAPI
	table string
}

func (p *payments) save(ctx context.Context, id string) error {
	in := &dynamodb.PutItemInput{Item: map[string]*dynamodb.AttributeValue{"id": {S: aws.String(id)}}}
	in.TableName = aws.String(p.table)
	_, err := p.db.PutItemWithContext(ctx, in)
	return err
}

var store *payments

func init() {
	table, ok := os.LookupEnv("PAYMENTS_TABLE")
	if !ok {
		panic("no table")
	}
	store = &payments{dynamodb.New(session.Must(session.NewSession())), table}
}

func main() {
	lambda.Start(func(ctx context.Context, event map[string]string) error {
		return store.save(ctx, event["id"])
	})
}
