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

/// `pharos migrate`: brings the schema of the store up to date, and nothing else. It takes the
/// flags of `serve`.
public record MigrateCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "migrate",
          "brings the schema of Pharos' own store up to date, and does nothing else",
          "",
          """
          It takes the flags of serve and heeds those of the store: --store,
          --jdbc.url, --jdbc.user, --jdbc.password-file and --storage.path. The database of
          the service that Pharos watches over is brought up to date by migrate-backend.
          """,
          ServeFlags.ALL,
          List.of(
              new CommandManual.Exit(0, "the schema is up to date"),
              new CommandManual.Exit(1, "the store can't be reached or changed")),
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
