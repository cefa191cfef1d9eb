package io.pharos.adopt.init;

import io.pharos.model.BaseUrl;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The settings of `pharos init` for one service.
///
/// @param job name of the service, which is also the name of its scrape job and files, and its
///   label `service`
/// @param probe a URL that answers with a status 2xx while the service works
/// @param serving how Pharos will run
/// @param named request metrics that a person named
public record NewService(
    Path folder,
    String job,
    URI metrics,
    Optional<URI> probe,
    Access access,
    Receivers receivers,
    Serving serving,
    NamedMetrics named) {

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

  /// How Pharos will run, and which texts it will have.
  ///
  /// @param listenAddress `host:port`
  /// @param externalUrl the address for links in messages; empty: the listen address
  /// @param language `en`, or `zh` for texts in both languages
  /// @param tested whether unit tests of the rules are written too
  public record Serving(
      String listenAddress, Optional<String> externalUrl, String language, boolean tested) {
    static final String USUAL_ADDRESS = "127.0.0.1:9095";

    /// Returns the address at which programs on this machine reach Pharos.
    public String url() {
      String host = listenAddress.replaceFirst("^(0\\.0\\.0\\.0|\\[::\\])?:", "127.0.0.1:");
      return "http://" + host;
    }

    /// Whether a file must keep the addresses, because they are not the usual ones.
    boolean isUnusual() {
      return !listenAddress.equals(USUAL_ADDRESS) || externalUrl.isPresent();
    }
  }

  /// Where alerts are sent.
  ///
  /// @param mail one or several addresses, separated by commas
  /// @param from the sender; if empty, `pharos@` and the domain of the first address
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

    /// Whether alerts are sent to nobody.
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
        Quoted.of(job) + " is the name of a job of Pharos itself; choose another name");
    checkUrl(metrics);
    probe.ifPresent(NewService::checkUrl);
  }

  private static void checkUrl(URI url) {
    String scheme = String.valueOf(url.getScheme());
    check(
        (scheme.equals("http") || scheme.equals("https")) && url.getHost() != null,
        "expected an address such as http://10.0.0.7:8080/metrics, found "
            + Quoted.of(url.toString()));
    check(
        url.getRawUserInfo() == null,
        "expected an address without a user and password: use --username and --password-file instead");
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  /// Returns the settings with other request metrics.
  public NewService with(NamedMetrics metricNames) {
    return new NewService(folder, job, metrics, probe, access, receivers, serving, metricNames);
  }

  /// Returns the address of the metrics page, as `host:port`.
  String address() {
    return metrics.getHost() + ":" + BaseUrl.port(metrics);
  }

  /// Returns the path of the metrics page.
  String metricsPath() {
    return metrics.getRawPath() == null || metrics.getRawPath().isEmpty()
        ? "/metrics"
        : metrics.getRawPath();
  }

  /// Returns the paths whose requests do not count: the page, and the probe.
  Set<String> leftOutPaths() {
    var paths = new LinkedHashSet<String>();
    paths.add(metricsPath());
    probe
        .map(url -> String.valueOf(url.getRawPath()))
        .filter(path -> path.length() > 1)
        .ifPresent(paths::add);
    return paths;
  }

  /// Returns the path of a file relative to a subfolder of the project, such as `prometheus`; the
  /// absolute path if the file is outside the project.
  String seenFrom(String project, Path file) {
    Path root = folder.toAbsolutePath().normalize();
    Path full = file.toAbsolutePath().normalize();
    return full.startsWith(root)
        ? root.resolve(project).relativize(full).toString()
        : full.toString();
  }
}
