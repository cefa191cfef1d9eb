package io.pharos.server.web.home;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.silence.Silences;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.rules.RuleManager;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import io.pharos.server.web.incident.Board;
import io.pharos.server.web.incident.CurrentAlert;
import io.pharos.server.web.incident.Incident;
import io.pharos.server.web.incident.IncidentBoard;
import io.pharos.server.web.incident.IncidentRow;
import io.pharos.server.web.incident.IncidentRows;
import io.pharos.server.web.incident.Standing;
import io.pharos.server.web.incident.Told;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.Troubles;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The first page.
@Path("/")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class HomePages {
  /// The page of incidents has all.
  private static final int MAX_INCIDENTS = 10;

  private static final int MAX_ALERTS = 3;
  private static final int MAX_FIRING = 3;
  private static final int MAX_DEPLOYMENTS = 5;

  /// Deployments among which each service's last is looked for.
  private static final int RECENT_DEPLOYMENTS = 100;

  /// A deployment in the list of the latest.
  record Release(
      String address,
      String serviceName,
      String service,
      String version,
      ReleaseState state,
      PageTime at) {}

  /// A service with what concerns it now.
  ///
  /// @param firing its incidents that fire
  /// @param release its last deployment; null if none is known
  record ServiceLine(ServiceRow row, List<Link> firing, @Nullable Release release) {}

  /// A link to an incident.
  record Link(String name, String address, String severityClass) {}

  /// Deployments, the newest first.
  ///
  /// @param problem why they are unknown; empty if they are known
  record Releases(List<Release> list, String problem) {}

  /// The services with the time that their bars show.
  record ServiceTable(List<ServiceLine> lines, String problem, String range) {}

  /* The page must show the rest even if the store is unavailable. */
  private long unowned() {
    try {
      return episodes.unowned().stream().filter(title -> !Board.isHeartbeat(title)).count();
    } catch (StoreUnavailableException _) {
      return -1;
    }
  }

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance home(
        String title,
        Overview overview,
        List<IncidentRow> incidents,
        int hidden,
        List<Integration.Unconfigured> unconfigured,
        ServiceTable services,
        Releases releases);
  }

  private final EpisodeService episodes;
  private final IncidentBoard boards;
  private final ServiceHistory history;
  private final RuleManager rules;
  private final ScrapeManager scrapes;
  private final Troubles troubles;
  private final Outbox outbox;
  private final Silences silences;
  private final DeploymentRegister deployments;
  private final ServiceStatus status;
  private final AccessControl access;
  private final RequestClient clients;

  HomePages(
      EpisodeService episodes,
      IncidentBoard boards,
      ServiceHistory history,
      RuleManager rules,
      ScrapeManager scrapes,
      Troubles troubles,
      Outbox outbox,
      Silences silences,
      DeploymentRegister deployments,
      ServiceStatus status,
      AccessControl access,
      RequestClient clients) {
    this.episodes = episodes;
    this.boards = boards;
    this.history = history;
    this.rules = rules;
    this.scrapes = scrapes;
    this.troubles = troubles;
    this.outbox = outbox;
    this.silences = silences;
    this.deployments = deployments;
    this.status = status;
    this.access = access;
    this.clients = clients;
  }

  /// Shows the page.
  ///
  /// @param range time that the bars of the services show, `24h` or `90d`
  @GET
  public TemplateInstance home(
      @RestQuery @Nullable String range, @Context HttpServerRequest request) {
    Client client = clients.of(request);
    Board board = boards.now();
    ServiceHistory.Range wanted = ServiceHistory.Range.of(range);
    ServiceHistory.Services services = history.services(wanted);
    var rows =
        new IncidentRows(
            board,
            Told.of(outbox, board),
            IncidentRows.byId(silences.list()),
            access.allows(client, Scope.ALERT_WRITE),
            status.externalUrl(),
            status.grafanaUrl());
    Releases releases =
        access.allows(client, Scope.GATE_READ)
            ? releases(board.at())
            : new Releases(List.of(), "you may not see them");
    return Templates.home(
        "Home",
        Overview.of(
                new Overview.Facts(
                    board,
                    rules.groups(),
                    troubles.now(),
                    outbox.silentReceivers(),
                    unobservable(),
                    services.lastFired(),
                    status.startedAt()))
            .withUnowned(unowned()),
        board.incidents().stream()
            .limit(MAX_INCIDENTS)
            .map(incident -> rows.row(incident, MAX_ALERTS))
            .toList(),
        Math.max(0, board.incidents().size() - MAX_INCIDENTS),
        outbox.unconfigured(),
        new ServiceTable(
            lines(services.rows(), board, releases.list()), services.problem(), wanted.word()),
        new Releases(releases.list().stream().limit(MAX_DEPLOYMENTS).toList(), releases.problem()));
  }

  private List<ServiceLine> lines(List<ServiceRow> rows, Board board, List<Release> releases) {
    Map<String, Set<String>> services = services();
    Set<String> jobs = rows.stream().map(ServiceRow::name).collect(Collectors.toSet());
    List<Firing> firing =
        board.incidents().stream()
            .filter(incident -> incident.standing() == Standing.FIRING)
            .map(Firing::of)
            .toList();
    return rows.stream()
        .map(
            row -> {
              Set<String> own = services.getOrDefault(row.name(), Set.of());
              return new ServiceLine(
                  row,
                  firing.stream()
                      .filter(one -> one.concerns(row.name(), own))
                      .limit(MAX_FIRING)
                      .map(one -> link(one.incident()))
                      .toList(),
                  releases.stream()
                      .filter(
                          release ->
                              jobs.contains(release.serviceName())
                                  ? release.serviceName().equals(row.name())
                                  : own.contains(release.serviceName()))
                      .findFirst()
                      .orElse(null));
            })
        .toList();
  }

  /// Returns the values of the label `service` of the targets of each job.
  private Map<String, Set<String>> services() {
    return scrapes.targets().active().stream()
        .map(TargetsSnapshot.ActiveTarget::labels)
        .filter(labels -> labels.has("service"))
        .collect(
            Collectors.groupingBy(
                labels -> labels.get("job"),
                Collectors.mapping(labels -> labels.get("service"), Collectors.toSet())));
  }

  /// A firing incident.
  ///
  /// @param jobs jobs of its alerts
  /// @param services services of its alerts without a job: an alert about a job does not concern
  ///   the other jobs of its service
  private record Firing(Incident incident, Set<String> jobs, Set<String> services) {
    static Firing of(Incident incident) {
      var jobs = new HashSet<String>();
      var services = new HashSet<String>();
      for (CurrentAlert alert : incident.alerts()) {
        String job = alert.labels().get("job");
        if (job.isEmpty()) {
          services.add(alert.labels().get("service"));
        } else {
          jobs.add(job);
        }
      }
      return new Firing(incident, jobs, services);
    }

    boolean concerns(String job, Set<String> own) {
      return jobs.contains(job)
          || services.contains(job)
          || own.stream().anyMatch(services::contains);
    }
  }

  private static Link link(Incident incident) {
    return new Link(
        PageText.of(incident.worst().name()),
        PageLinks.incident(incident.groupLabels()),
        IncidentRows.severityClass(incident.worst()));
  }

  /* Targets whose last scrape tells nothing. A target that was not scraped yet is not meant. */
  private long unobservable() {
    return scrapes.targets().active().stream()
        .filter(target -> target.health() == TargetsSnapshot.Health.UNKNOWN)
        .filter(target -> target.lastScrape() != null)
        .count();
  }

  /* The page must show the alerts even if the store of the deployments is unavailable. */
  private Releases releases(Instant now) {
    try {
      return new Releases(
          deployments.newest("", "", RECENT_DEPLOYMENTS).stream()
              .map(deployment -> release(deployment, now))
              .toList(),
          "");
    } catch (StoreUnavailableException e) {
      return new Releases(List.of(), String.valueOf(e.getMessage()));
    }
  }

  private static Release release(Deployment deployment, Instant now) {
    return new Release(
        PageLinks.deployment(deployment.key()),
        deployment.service(),
        deployment.service() + " " + deployment.env(),
        deployment.version(),
        ReleaseState.of(deployment.status()),
        PageTime.of(deployment.startedAt(), now));
  }
}
