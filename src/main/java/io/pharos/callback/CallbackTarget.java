package io.pharos.callback;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A system that receives reports of releases, from `callbacks.yml`.
public sealed interface CallbackTarget {
  /// Returns the name in the file, unique among all targets.
  String name();

  /// Returns the address, without a trailing slash.
  String url();

  /// Returns the HTTP options. Redirects are not followed, because a token must be sent only to the
  /// configured host.
  HttpOptions http();

  /// Returns the services and environments whose releases are reported to the target.
  Coverage coverage();

  /// Returns for how long a message is retried before it is given up.
  Duration keepTrying();

  /// Returns all secrets of the target.
  default List<SecretSource> secrets() {
    return http().secrets();
  }

  /// The services and environments whose releases are reported; an empty set means all.
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

  /// A Grafana server whose annotations show releases.
  record Grafana(
      String name,
      String url,
      HttpOptions http,
      Coverage coverage,
      Duration keepTrying,
      List<String> tags)
      implements CallbackTarget {
    public Grafana {
      tags = List.copyOf(tags);
    }
  }

  /// One repository at GitHub.
  ///
  /// @param repository full name of the repository, `owner/name`
  /// @param app credentials of a GitHub App; empty if a token is used
  /// @param statuses whether commit statuses are reported
  /// @param protection settings of deployment protection rules; empty if they are not answered
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
    @Override
    public List<SecretSource> secrets() {
      var secrets = new ArrayList<>(http.secrets());
      app.ifPresent(credentials -> secrets.add(credentials.privateKey()));
      protection.ifPresent(settings -> secrets.add(settings.webhookSecret()));
      return secrets;
    }

    /// Returns whether GitHub accepts answers to protection rules of this repository at an address.
    /// Pharos checks the address in each webhook, so that it calls no other address.
    boolean acceptsAnswersAt(String address) {
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
  record Gitlab(
      String name,
      String url,
      HttpOptions http,
      Coverage coverage,
      Duration keepTrying,
      String project)
      implements CallbackTarget {}

  /// Credentials of a GitHub App, which may answer protection rules.
  ///
  /// @param id number or client id of the app
  /// @param installation number of its installation in the repository's account
  record App(String id, String installation, SecretSource privateKey) {}

  /// Settings of deployment protection rules.
  ///
  /// @param deploymentWithin how long a rule waits until the deployment is announced
  record Protection(
      SecretSource webhookSecret, Duration deploymentWithin, List<Environment> environments) {
    public Protection {
      environments = List.copyOf(environments);
    }
  }

  /// Maps an environment of GitHub to a service and an environment of Pharos.
  record Environment(String environment, String service, String env) {}

  /// Returns whether an address uses TLS or is on this host, so that no token crosses a network
  /// unencrypted.
  static boolean isSafe(String url) {
    URI uri = URI.create(url);
    return "https".equals(uri.getScheme()) || isLoopback(String.valueOf(uri.getHost()));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }
}
