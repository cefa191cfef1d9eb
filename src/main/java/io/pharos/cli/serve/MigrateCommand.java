package io.pharos.cli.serve;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.config.yaml.ConfigException;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import io.pharos.trouble.StoreUnavailableException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// `pharos migrate`: updates the schema of Pharos' own store. It accepts the flags of `serve`.
public record MigrateCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "migrate",
          "updates the schema of Pharos' own store and exits",
          "",
          """
          It accepts the flags of serve, but uses only those of the store: --store,
          --jdbc.url, --jdbc.user, --jdbc.password-file and --storage.path. Use
          migrate-backend for the database of the service that Pharos monitors.
          """,
          ServeFlags.ALL,
          List.of("0 the schema is up to date", "1 the store is unreachable or cannot be changed"),
          List.of("pharos migrate --store=postgresql --jdbc.url=jdbc:postgresql://db/pharos"));

  @Override
  public int run(List<String> words) {
    ServeOptions options = ServeOptions.parse(words, environment, false);
    try {
      StoreConfig config = options.store().config();
      Store.open(config).close();
      out.println("schema is up to date: " + config);
      return 0;
    } catch (ConfigException | StoreUnavailableException e) {
      err.println("pharos migrate: " + e.getMessage());
      return 1;
    }
  }
}
