package io.pharos.cli.query;

import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.ServerAccess;
import io.pharos.config.http.HttpOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `pharos health`: exits with 0 when a running Pharos is ready. Containers without curl use it as
/// their health check.
public record HealthCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "health",
          "checks whether a running Pharos is ready",
          "",
          "",
          List.of(ServerAccess.URL),
          List.of("0 it is ready", "1 it is not ready or unreachable"),
          List.of("pharos health --url=http://127.0.0.1:9095"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    String url = ServerAccess.url(flags);
    try (var client = new ApiClient(url, HttpOptions.DEFAULT)) {
      var answer = client.get("/-/ready", Duration.ofSeconds(5));
      out.println(url + "/-/ready answered " + answer.status() + ": " + answer.body().strip());
      return answer.status() == 200 ? 0 : 1;
    } catch (IOException e) {
      err.println(url + "/-/ready is unreachable: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
