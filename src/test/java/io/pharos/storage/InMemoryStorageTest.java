package io.pharos.storage;

class InMemoryStorageTest extends StorageContract {
  @Override
  protected Store open() {
    var storage = new InMemoryStorage();
    return new Store(storage, storage, () -> {});
  }
}
