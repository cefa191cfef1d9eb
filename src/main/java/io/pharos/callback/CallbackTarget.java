package io.pharos.callback;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A system that is told of releases, as `callbacks.yml` names it.
public sealed interface CallbackTarget {
  /// Its name in the file, unique among all targets.
  String name();

  /// Its address, without a slash at its end.
  String url();

  /// How it is called. Redirects are not followed: a token is for the host that was configured.
  HttpOptions http();

  /// Which releases it is told of.
  Coverage coverage();

  /// After so long without success a message is given up.
  Duration keepTrying();

  /// Every secret of it.
  default List<SecretSource> secrets() {
    return http().secrets();
  }

  /// Services and environments; an empty set is all of them.
  record Coverage(Set<String> services, Set<String> envs) {
    public Coverage {
      services = Set.copyOf(services);
      envs = Set.copyOf(envs);
    }

    boolean covers(String service, String env) {
      return (services.isEmpty() || services.contains(service))
          && (envs.isEmpty() || envs.contains(env));
    }
  }

  /// A Grafana whose annotations show releases.
  ///
  /// @param tags beside those that every annotation has
  record Grafana(
      String name,
      String url,
      HttpOptions http,
      Coverage coverage,
      Duration keepTrying,
      List<String> tags)
      implements CallbackTarget {
    public Grafana {
      requireNonNull(http, "http is null");
      tags = List.copyOf(tags);
    }
  }

  /// One repository at GitHub.
  ///
  /// @param repository `owner/name`
  /// @param app how an app proves who it is; absent where a token does
  /// @param statuses whether commits get a status
  /// @param protection how deployment protection rules are answered; absent: not at all
  record Github(
      String name,
      String url,
      HttpOptions http,
      Coverage coverage,
      Duration keepTrying,
      String repository,
      Optional<App> app,
      boolean statuses,
      Optional<Protection> protection)
      implements CallbackTarget {
    public Github {
      requireNonNull(http, "http is null");
      requireNonNull(app, "app is null");
      requireNonNull(protection, "protection is null");
    }

    @Override
    public List<SecretSource> secrets() {
      var all = new ArrayList<>(http.secrets());
      app.ifPresent(it -> all.add(it.privateKey()));
      protection.ifPresent(it -> all.add(it.webhookSecret()));
      return all;
    }

    /// Whether an address is the one at which this repository takes answers to protection rules:
    /// nothing else that a webhook names is ever called.
    boolean takesAnswersAt(String address) {
      String head = url + "/repos/" + repository + "/actions/runs/";
      String tail = "/deployment_protection_rule";
      if (!address.startsWith(head) || !address.endsWith(tail)) {
        return false;
      }
      int end = address.length() - tail.length();
      return end > head.length()
          && address.substring(head.length(), end).chars().allMatch(c -> c >= '0' && c <= '9');
    }
  }

  /// One project at GitLab.
  ///
  /// @param project its path or its number
  record Gitlab(
      String name,
      String url,
      HttpOptions http,
      Coverage coverage,
      Duration keepTrying,
      String project)
      implements CallbackTarget {
    public Gitlab {
      requireNonNull(http, "http is null");
    }
  }

  /// A GitHub App, which is who may answer protection rules.
  ///
  /// @param id its number, or its client id
  /// @param installation the number of its installation in the repository's account
  record App(String id, String installation, SecretSource privateKey) {
    public App {
      requireNonNull(privateKey, "privateKey is null");
    }
  }

  /// How deployment protection rules are answered.
  ///
  /// @param deploymentWithin how long a rule waits for the deployment to be announced
  /// @param environments GitHub's environments that are answered for
  record Protection(
      SecretSource webhookSecret, Duration deploymentWithin, List<Environment> environments) {
    public Protection {
      requireNonNull(webhookSecret, "webhookSecret is null");
      requireNonNull(deploymentWithin, "deploymentWithin is null");
      environments = List.copyOf(environments);
    }
  }

  /// What one environment of GitHub is to Pharos.
  record Environment(String environment, String service, String env) {}

  /// Whether an address is by TLS or stays on this host, so that a token is not sent in clear.
  static boolean isSafe(String url) {
    URI uri = URI.create(url);
    return "https".equals(uri.getScheme()) || isLoopback(String.valueOf(uri.getHost()));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }
}
