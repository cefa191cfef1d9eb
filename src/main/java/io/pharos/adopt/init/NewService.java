package io.pharos.adopt.init;

import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/// The settings of `pharos init` for one service.
///
/// @param folder the folder for the files
/// @param job its name: of the scrape job, in the label `service` and of its files
/// @param metrics its metrics page
/// @param probe an address that answers 2xx while the service is well
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

  /// The login at the metrics page. Paths are as given.
  ///
  /// @param tokenFile a bearer token
  /// @param username for a password
  /// @param caFile the authority that signed the service's certificate
  public record Access(
      Optional<Path> tokenFile,
      Optional<String> username,
      Optional<Path> passwordFile,
      Optional<Path> caFile) {
    public Access {
      if (username.isPresent() != passwordFile.isPresent()) {
        throw new IllegalArgumentException(
            "expected both --username and --password-file, or neither");
      }
      if (username.isPresent() && tokenFile.isPresent()) {
        throw new IllegalArgumentException("expected --token-file or --username, not both");
      }
    }
  }

  /// The receivers of alerts.
  ///
  /// @param mail one or several addresses, separated by commas
  /// @param from the sender; empty: `pharos@` and the host of the first address
  /// @param smtp the mail server, `host:port`
  public record Receivers(
      Optional<String> mail,
      Optional<String> from,
      String smtp,
      Optional<String> smtpUsername,
      Optional<Path> smtpPasswordFile,
      Optional<Path> slackWebhookFile) {
    public Receivers {
      if (mail.isPresent() && mail.get().indexOf('@') < 1) {
        throw new IllegalArgumentException(
            "expected a mail address, found " + Quoted.of(mail.get()));
      }
      if (smtpUsername.isPresent() != smtpPasswordFile.isPresent()) {
        throw new IllegalArgumentException(
            "expected both --smtp-username and --smtp-password-file, or neither");
      }
    }

    /// Whether there are no receivers.
    public boolean nobody() {
      return mail.isEmpty() && slackWebhookFile.isEmpty();
    }
  }

  public NewService {
    if (!JOB.matcher(job).matches()) {
      throw new IllegalArgumentException(
          "expected a name of letters, digits, - and _ that begins with a letter, found "
              + Quoted.of(job));
    }
    if (job.equals("pharos") || job.equals("probe")) {
      throw new IllegalArgumentException(
          Quoted.of(job) + " is the name of one of Pharos' jobs, choose another");
    }
    web(metrics);
    probe.ifPresent(NewService::web);
  }

  private static void web(URI url) {
    String scheme = String.valueOf(url.getScheme());
    if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
      throw new IllegalArgumentException(
          "expected an address such as http://10.0.0.7:8080/metrics, found "
              + Quoted.of(url.toString()));
    }
    if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "an address must not contain a user or password: use --username and --password-file");
    }
  }

  /// `host:port` of the metrics page.
  String address() {
    int port = metrics.getPort();
    int known = port >= 0 ? port : metrics.getScheme().equals("https") ? 443 : 80;
    return metrics.getHost() + ":" + known;
  }

  /// The path of the metrics page.
  String metricsPath() {
    return metrics.getRawPath() == null || metrics.getRawPath().isEmpty()
        ? "/metrics"
        : metrics.getRawPath();
  }

  /// The path of a file relative to a folder of the project, such as `prometheus`.
  String seenFrom(String project, Path file) {
    Path root = folder.toAbsolutePath().normalize();
    Path full = file.toAbsolutePath().normalize();
    return full.startsWith(root)
        ? root.resolve(project).relativize(full).toString()
        : full.toString();
  }
}
