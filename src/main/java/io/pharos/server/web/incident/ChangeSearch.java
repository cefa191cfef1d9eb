package io.pharos.server.web.incident;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import io.pharos.access.AuditTrail;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import io.pharos.server.web.incident.Changes.Change;
import io.pharos.trouble.StoreUnavailableException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds what changed near the start of an incident: deployments, and Pharos' own configuration.
@ApplicationScoped
class ChangeSearch {
  /// A change shortly before the start may be the cause.
  private static final Duration BEFORE = Duration.ofHours(2);

  private static final int MAX_DEPLOYMENTS = 30;
  private static final int MAX_AUDIT = 500;

  /// What makes Pharos read its files again, as the audit names it.
  private static final Set<String> RELOADS =
      Set.of("SIGHUP", "POST /-/reload", "PUT /-/reload", "POST /targets/change");

  private final DeploymentRegister deployments;
  private final AuditTrail audit;
  private final InstantSource clock;

  ChangeSearch(DeploymentRegister deployments, AuditTrail audit, InstantSource clock) {
    this.deployments = deployments;
    this.audit = audit;
    this.clock = clock;
  }

  /// Finds the changes since two hours before the start.
  ///
  /// @param services services of the incident, whose deployments come first
  /// @param showsDeployments whether the reader may see deployments
  /// @param loaded when Pharos started, and read its configuration first
  Changes near(Instant start, Set<String> services, boolean showsDeployments, Instant loaded) {
    Instant now = clock.instant();
    var found = new ArrayList<Change>();
    String deploymentsProblem = "you may not see deployments";
    if (showsDeployments) {
      deploymentsProblem = deployments(start, now, services, found);
    }
    var reads = new ArrayList<Change>();
    if (!loaded.isBefore(start.minus(BEFORE))) {
      reads.add(read("Pharos started", loaded, start, now));
    }
    String configurationProblem = reloads(start, now, reads);
    reads.sort(Comparator.comparing(Change::time).reversed());
    return new Changes(found, deploymentsProblem, reads, configurationProblem);
  }

  /* The page must show the alerts even if a store is unavailable. */
  private String deployments(Instant start, Instant now, Set<String> services, List<Change> found) {
    try {
      Stream.concat(
              services.stream().sorted().flatMap(it -> newest(it).stream()), newest("").stream())
          .distinct()
          .filter(it -> !it.startedAt().isBefore(start.minus(BEFORE)))
          .map(it -> deployment(it, start, now))
          .forEach(found::add);
      return "";
    } catch (StoreUnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private List<Deployment> newest(String service) {
    return deployments.newest(service, "", MAX_DEPLOYMENTS);
  }

  private static Change deployment(Deployment deployment, Instant start, Instant now) {
    return change(
        deployment.startedAt(),
        PageLinks.deployment(deployment.key()),
        PageText.of(
            "%s %s %s".formatted(deployment.service(), deployment.env(), deployment.version())),
        ReleaseState.of(deployment.status()),
        start,
        now);
  }

  private String reloads(Instant start, Instant now, List<Change> found) {
    var search =
        new AuditStore.Search("", Optional.of(start.minus(BEFORE)), Optional.empty(), MAX_AUDIT);
    try {
      List<AuditEntry> entries = audit.find(search);
      entries.stream()
          .filter(it -> it.isDone() && RELOADS.contains(it.action()))
          .map(it -> read("configuration reloaded", it.at(), start, now))
          .forEach(found::add);
      return entries.size() < MAX_AUDIT
          ? ""
          : "the audit has more entries since then than this page reads";
    } catch (StoreUnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Change read(String name, Instant at, Instant start, Instant now) {
    return change(at, "/settings", name, null, start, now);
  }

  private static Change change(
      Instant at,
      String address,
      String name,
      @Nullable ReleaseState state,
      Instant start,
      Instant now) {
    Duration before = Duration.between(at, start);
    return new Change(
        at,
        address,
        name,
        state,
        PageTime.of(at, now),
        before.isNegative()
            ? PageTime.span(before.negated()) + " after the start"
            : PageTime.span(before) + " before the start",
        !before.isNegative());
  }
}
