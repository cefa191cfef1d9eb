package io.pharos.server.web.release;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.server.web.design.PageLinks;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A search of deployments for one page, newest first.
///
/// @param service empty for all
/// @param env empty for all
/// @param state word of [DeploymentStatus] in the API; empty for all
/// @param text part of the key, the version, the commit, the digest or a link, in any case; empty
///   for all
/// @param page from 1
record ReleaseSearch(String service, String env, String state, String text, int page) {
  /// Deployments that are read and searched.
  static final int MAX_SEARCHED = 500;

  /// Deployments on a page. The gates of each cost a query.
  static final int PAGE = 30;

  /// One page of the result.
  ///
  /// @param isLast whether there is no further page
  record Page(List<Deployment> deployments, boolean isLast) {
    Page {
      deployments = List.copyOf(deployments);
    }
  }

  static ReleaseSearch of(
      @Nullable String service,
      @Nullable String env,
      @Nullable String state,
      @Nullable String text,
      @Nullable String page) {
    return new ReleaseSearch(
        stripped(service),
        stripped(env),
        stripped(state),
        stripped(text),
        page != null && page.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(page) : 1);
  }

  private static String stripped(@Nullable String parameter) {
    return parameter == null ? "" : parameter.strip();
  }

  /// Whether the search leaves out deployments.
  public boolean isFiltered() {
    return !(service + env + state + text).isEmpty();
  }

  /// Returns the page.
  ///
  /// @param deployments all of the service and environment, newest first
  Page run(List<Deployment> deployments) {
    List<Deployment> matching = deployments.stream().filter(this::matches).toList();
    int from = Math.min((page - 1) * PAGE, matching.size());
    int to = Math.min(from + PAGE, matching.size());
    return new Page(matching.subList(from, to), to == matching.size());
  }

  private boolean matches(Deployment deployment) {
    Announcement announcement = deployment.announcement();
    String wanted = text.toLowerCase(Locale.ROOT);
    return (state.isEmpty() || deployment.status().text().equals(state))
        && Stream.concat(
                Stream.of(
                    deployment.key(),
                    deployment.service(),
                    deployment.env(),
                    deployment.version(),
                    announcement.sha(),
                    announcement.digest()),
                announcement.links().values().stream())
            .anyMatch(it -> it.toLowerCase(Locale.ROOT).contains(wanted));
  }

  /// Returns the address of the page before this one, with newer deployments.
  public String newer() {
    return address(page - 1);
  }

  /// Returns the address of the page after this one, with older deployments.
  public String older() {
    return address(page + 1);
  }

  private String address(int other) {
    return "/releases?service="
        + PageLinks.encoded(service)
        + "&env="
        + PageLinks.encoded(env)
        + "&state="
        + PageLinks.encoded(state)
        + "&text="
        + PageLinks.encoded(text)
        + "&page="
        + other;
  }

  /// Returns the words of the states that can be searched.
  static List<String> states() {
    return Stream.of(DeploymentStatus.values()).map(DeploymentStatus::text).toList();
  }
}
