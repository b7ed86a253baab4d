package store

import (
	"context"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Saver is what handlers know of a store.
type Saver interface{ Save(ctx context.Context, id string) error }

type base struct{ *ddb.Client }

type table struct {
	base
	name string
}

// Save stores a payment.
func (t table) Save(ctx context.Context, id string) error {
	_, err := t.PutItem(ctx, &ddb.PutItemInput{TableName: aws.String(t.name)})
	return err
}

var (
	once  sync.Once
	saver Saver
)

// Default is made at first use.
func Default() Saver {
	once.Do(func() {
		cfg, err := config.LoadDefaultConfig(context.Background())
		if err != nil {
			panic(err)
		}
		saver = table{base{ddb.NewFromConfig(cfg)}, os.Getenv("PAYMENTS_TABLE")}
	})
	return saver
}
