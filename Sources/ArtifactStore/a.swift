import StoreIO
