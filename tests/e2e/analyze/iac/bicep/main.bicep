param stage string = 'dev'
param location string
var table = 'orders-${stage}'
resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'shopdata'
}
resource app 'Microsoft.Web/sites@2022-09-01' = {
  name: 'shop-${stage}'
  kind: 'functionapp'
  properties: {
    siteConfig: {
      appSettings: [
        {
          name: 'TABLE'
          value: table
        }
        { name: 'BLOB', value: st.properties.primaryEndpoints.blob }
      ]
    }
  }
}
