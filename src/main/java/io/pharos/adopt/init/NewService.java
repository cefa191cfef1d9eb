package io.pharos.adopt.init;

import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/// The settings of `pharos init` for one service.
///
/// @param job its name, which becomes the name of the scrape job and of its files and the label
///   `service`
/// @param probe an address that answers with status 2xx while the service is well
/// @param listenAddress where Pharos will listen, `host:port`
public record NewService(
    Path folder,
    String job,
    URI metrics,
    Optional<URI> probe,
    Access access,
    Receivers receivers,
    String listenAddress) {

  private static final Pattern JOB = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,62}");

  /// How to log in to the metrics page. Relative paths are not changed.
  public record Access(
      Optional<Path> tokenFile,
      Optional<String> username,
      Optional<Path> passwordFile,
      Optional<Path> caFile) {
    public Access {
      check(
          username.isPresent() == passwordFile.isPresent(),
          "expected both --username and --password-file, or neither");
      check(
          username.isEmpty() || tokenFile.isEmpty(),
          "expected --token-file or --username, not both");
    }
  }

  /// Where alerts are sent.
  ///
  /// @param mail one or several addresses, separated by commas
  /// @param from the sender; empty for `pharos@` and the host of the first address
  /// @param smtp the mail server, `host:port`
  public record Receivers(
      Optional<String> mail,
      Optional<String> from,
      String smtp,
      Optional<String> smtpUsername,
      Optional<Path> smtpPasswordFile,
      Optional<Path> slackWebhookFile) {
    public Receivers {
      check(
          mail.isEmpty() || mail.get().indexOf('@') >= 1,
          "expected a mail address, found " + Quoted.of(mail.orElse("")));
      check(
          smtpUsername.isPresent() == smtpPasswordFile.isPresent(),
          "expected both --smtp-username and --smtp-password-file, or neither");
    }

    /// Returns whether alerts are sent to nobody.
    public boolean nobody() {
      return mail.isEmpty() && slackWebhookFile.isEmpty();
    }
  }

  public NewService {
    check(
        JOB.matcher(job).matches(),
        "expected a name of letters, digits, - and _ that begins with a letter, found "
            + Quoted.of(job));
    check(
        !job.equals("pharos") && !job.equals("probe"),
        Quoted.of(job) + " is the name of one of Pharos' jobs, choose another");
    web(metrics);
    probe.ifPresent(NewService::web);
  }

  private static void web(URI url) {
    String scheme = String.valueOf(url.getScheme());
    check(
        (scheme.equals("http") || scheme.equals("https")) && url.getHost() != null,
        "expected an address such as http://10.0.0.7:8080/metrics, found "
            + Quoted.of(url.toString()));
    check(
        url.getRawUserInfo() == null,
        "an address must not contain a user or password: use --username and --password-file");
  }

  private static void check(boolean good, String problem) {
    if (!good) {
      throw new IllegalArgumentException(problem);
    }
  }

  /// Returns the address of the metrics page, as `host:port`.
  String address() {
    int port = metrics.getPort();
    int known = port >= 0 ? port : metrics.getScheme().equals("https") ? 443 : 80;
    return metrics.getHost() + ":" + known;
  }

  /// Returns the path of the metrics page.
  String metricsPath() {
    return metrics.getRawPath() == null || metrics.getRawPath().isEmpty()
        ? "/metrics"
        : metrics.getRawPath();
  }

  /// Returns the path of a file relative to a subfolder of the project, such as `prometheus`.
  String seenFrom(String project, Path file) {
    Path root = folder.toAbsolutePath().normalize();
    Path full = file.toAbsolutePath().normalize();
    return full.startsWith(root)
        ? root.resolve(project).relativize(full).toString()
        : full.toString();
  }
}
