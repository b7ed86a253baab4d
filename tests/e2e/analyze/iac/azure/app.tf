resource "azurerm_storage_account" "data" {
  name = "shopdata"
}

resource "azurerm_linux_function_app" "app" {
  name = "shop-app"
  app_settings = {
    TABLE    = "orders"
    BLOB_URL = azurerm_storage_account.data.primary_blob_endpoint
  }
}
