package io.pharos.cli;

import io.pharos.store.Store;
import io.pharos.store.StoreConfig;
import io.pharos.store.StoreException;
import io.pharos.yaml.ConfigException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// `pharos migrate`: brings the schema of the store up to date, and nothing else. It takes the
/// flags of `serve`.
final class MigrateCommand {
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  MigrateCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  int run(List<String> words) {
    ServeOptions options = ServeOptions.parse(words, environment, false);
    try {
      StoreConfig config = options.storeConfig();
      Store.open(config).close();
      out.println("schema is up to date: " + config);
      return 0;
    } catch (ConfigException | StoreException e) {
      err.println("pharos migrate: " + e.getMessage());
      return 1;
    }
  }
}
