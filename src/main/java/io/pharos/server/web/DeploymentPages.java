package io.pharos.server.web;

import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.callback.Callback;
import io.pharos.callback.Callbacks;
import io.pharos.callback.ReleaseOutcome;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.judge.CheckReport;
import io.pharos.limits.work.BusyException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The page that lists deployments by service and environment, with their gates, alerts and
/// callbacks.
@Path("/deployments")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class DeploymentPages {
  /// Maximum number of deployments on the page. The alerts of each deployment cost a query.
  private static final int MAX_DEPLOYMENTS = 30;

  /// Maximum time after the start of a deployment in which firing alerts are shown with it. Without
  /// a maximum, a deployment whose end is never reported would show all later alerts.
  private static final Duration MAX_DURATION = Duration.ofDays(1);

  /// The deployments of one service in one environment.
  record Group(String name, List<Row> rows) {}

  /// One deployment.
  ///
  /// @param address the deployment's key, URL-encoded
  /// @param after version of the previous successful deployment; empty if that deployment is not on
  ///   the page or had the same version
  /// @param took duration of the deployment as text
  /// @param by names of the tokens that opened the deployment's gates; empty without gates
  /// @param unknown why the deployment's alerts are unknown; empty if they are known
  record Row(
      String address,
      PageTime start,
      String version,
      String after,
      String state,
      String stateClass,
      String verdict,
      String verdictClass,
      String why,
      String took,
      String by,
      List<String> reasons,
      List<String> alerts,
      String unknown,
      List<Link> links,
      List<Report> reports) {}

  record Link(String name, String address) {}

  /// One callback of a deployment.
  ///
  /// @param answer the target's last answer; empty if the report was delivered
  record Report(String target, String outcome, String status, String state, String answer) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(
        String title,
        List<Group> groups,
        String service,
        String env,
        boolean filtered,
        boolean cut,
        boolean others);
  }

  private final DeploymentRegister register;
  private final GateService gates;
  private final Callbacks callbacks;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final InstantSource clock;

  DeploymentPages(
      DeploymentRegister register,
      GateService gates,
      Callbacks callbacks,
      Evaluator evaluator,
      QueryWork work,
      InstantSource clock) {
    this.register = register;
    this.gates = gates;
    this.callbacks = callbacks;
    this.evaluator = evaluator;
    this.work = work;
    this.clock = clock;
  }

  /// Renders the page.
  ///
  /// @param key key of the only deployment to show; null to show all
  @GET
  @Needs(Scope.GATE_READ)
  public TemplateInstance list(
      @QueryParam("service") @Nullable String service,
      @QueryParam("env") @Nullable String env,
      @QueryParam("key") @Nullable String key,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    String ofService = text(service);
    String ofEnv = text(env);
    List<Deployment> deployments =
        key != null && !key.isEmpty()
            ? register.find(key).stream().toList()
            : register.newest(ofService, ofEnv, MAX_DEPLOYMENTS + 1);
    List<Deployment> covered =
        deployments.stream()
            .filter(it -> granted.covers(it.service(), it.env()))
            .limit(MAX_DEPLOYMENTS)
            .toList();
    Instant now = clock.instant();
    Map<String, List<Deployment>> groups = new LinkedHashMap<>();
    covered.forEach(
        it ->
            groups
                .computeIfAbsent(it.service() + " · " + it.env(), _ -> new ArrayList<>())
                .add(it));
    return Templates.list(
        "Deployments",
        groups.entrySet().stream()
            .map(it -> new Group(it.getKey(), rows(it.getValue(), now)))
            .toList(),
        ofService,
        ofEnv,
        !ofService.isEmpty() || !ofEnv.isEmpty() || key != null,
        deployments.size() > MAX_DEPLOYMENTS,
        covered.size() < Math.min(deployments.size(), MAX_DEPLOYMENTS));
  }

  private static String text(@Nullable String parameter) {
    return parameter == null ? "" : parameter.strip();
  }

  private List<Row> rows(List<Deployment> newestFirst, Instant now) {
    var rows = new ArrayList<Row>();
    for (int i = 0; i < newestFirst.size(); i++) {
      String after =
          newestFirst.subList(i + 1, newestFirst.size()).stream()
              .filter(it -> it.status() == DeploymentStatus.SUCCEEDED)
              .map(Deployment::version)
              .findFirst()
              .orElse("");
      rows.add(row(newestFirst.get(i), after, now));
    }
    return rows;
  }

  private Row row(Deployment deployment, String after, Instant now) {
    List<GateRun> runs = gates.ofDeployment(deployment.key());
    Optional<GateRun> newest = runs.stream().findFirst();
    Optional<GateOverride> override = newest.flatMap(it -> gates.effectiveVerdict(it).override());
    ReleaseOutcome outcome = ReleaseOutcome.of(deployment, newest, override, Optional.empty());
    Instant end = deployment.finishedAt();
    Fired fired = fired(deployment, end == null ? now : end);
    return new Row(
        URLEncoder.encode(deployment.key(), StandardCharsets.UTF_8),
        PageTime.of(deployment.startedAt()),
        deployment.version(),
        after.equals(deployment.version()) ? "" : after,
        deployment.status().text().replace('_', ' '),
        switch (deployment.status()) {
          case IN_PROGRESS -> "pending";
          case SUCCEEDED -> "ok";
          case FAILED, ROLLED_BACK -> "failed";
        },
        outcome.word().text(),
        switch (outcome.word()) {
          case PASSED -> "ok";
          case FAILED -> "failed";
          case RUNNING -> "dim";
          case WITHDRAWN, INCONCLUSIVE, CANCELLED, UNJUDGED -> "unknown";
        },
        outcome.text(),
        (end == null ? "so far " : "") + PageTime.span(between(deployment.startedAt(), end, now)),
        String.join(", ", runs.stream().map(GateRun::openedBy).distinct().toList()),
        newest.map(DeploymentPages::reasons).orElse(List.of()),
        fired.alerts(),
        fired.unknown(),
        links(deployment, runs),
        callbacks.ofDeployment(deployment.key()).stream().map(DeploymentPages::report).toList());
  }

  private static Duration between(Instant start, @Nullable Instant end, Instant now) {
    Duration span = Duration.between(start, end == null ? now : end);
    return span.isNegative() ? Duration.ZERO : span;
  }

  /// Returns the texts of the checks that did not pass, except texts that the gate's summary
  /// contains.
  private static List<String> reasons(GateRun run) {
    return run.checks().stream()
        .filter(check -> !check.state().equals("pass"))
        .map(CheckReport::text)
        .filter(text -> !run.summary().contains(text))
        .toList();
  }

  private static List<Link> links(Deployment deployment, List<GateRun> runs) {
    var links = new ArrayList<Link>();
    for (GateRun run : runs) {
      links.add(
          new Link(
              "Evidence" + (runs.size() > 1 ? " of " + run.state() : ""),
              "/api/pharos/v1/gates/" + run.id() + "/evidence"));
    }
    deployment
        .announcement()
        .links()
        .forEach(
            (name, address) -> {
              if (LinkAddress.isLink(address)) {
                links.add(new Link(name, address));
              }
            });
    return links;
  }

  private static Report report(Callback callback) {
    return new Report(
        callback.target() + " (" + callback.kind().text().replace('_', ' ') + ")",
        callback.message().word(),
        callback.status().text(),
        switch (callback.status()) {
          case TOLD -> "sent";
          case DROPPED -> "dim";
          case WAITING, PENDING -> "retrying";
          case FAILED -> "failed";
        },
        callback.status() == Callback.Status.TOLD ? "" : callback.answer());
  }

  private record Fired(List<String> alerts, String unknown) {}

  /* Returns the alerts of the service that fired during the deployment. If their query fails, the
   * alerts are unknown: an empty list would wrongly say that none fired. */
  private Fired fired(Deployment deployment, Instant end) {
    Instant last =
        end.isAfter(deployment.startedAt().plus(MAX_DURATION))
            ? deployment.startedAt().plus(MAX_DURATION)
            : end;
    long seconds = Math.max(60, Duration.between(deployment.startedAt(), last).toSeconds());
    String expression =
        "max by (alertname, severity) (max_over_time(ALERTS{alertstate=\"firing\",%s}[%ss]))"
            .formatted(LabelMatcher.equal("service", deployment.service()), seconds);
    try {
      return work.call(
          () ->
              evaluator.instant(expression, last.toEpochMilli()).value()
                      instanceof InstantVector vector
                  ? new Fired(names(vector), "")
                  : new Fired(List.of(), "the engine did not return a vector"));
    } catch (BusyException e) {
      return new Fired(List.of(), e.text());
    } catch (QueryException e) {
      return new Fired(List.of(), e.reason());
    }
  }

  private static List<String> names(InstantVector vector) {
    var names = new ArrayList<String>();
    for (int i = 0; i < vector.size(); i++) {
      Labels labels = vector.labels(i);
      String severity = labels.get("severity");
      names.add(labels.get("alertname") + (severity.isEmpty() ? "" : " (" + severity + ")"));
    }
    names.sort(String::compareTo);
    return names;
  }
}
