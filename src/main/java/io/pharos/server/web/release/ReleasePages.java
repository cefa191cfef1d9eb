package io.pharos.server.web.release;

import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.callback.Callbacks;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.promql.value.Evaluator;
import io.pharos.rollout.RolloutService;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.incident.IncidentBoard;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The list of releases, and the page of one deployment.
@Path("/")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class ReleasePages {
  private static final String TITLE = "Releases";

  /// Newest deployments among which those that need attention are looked for.
  private static final int RECENT = 60;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(
        String title,
        ReleaseOverview overview,
        List<ReleaseNeed> needs,
        ReleaseSearch search,
        List<String> states,
        Timeline timeline,
        List<ReleaseRow> rows,
        boolean isLast,
        boolean isCut,
        boolean hasOthers);

    static native TemplateInstance deployment(
        String title, ReleaseRow row, DeploymentFacts facts, FiredAlerts fired);
  }

  private final DeploymentRegister register;
  private final GateService gates;
  private final RolloutService rollouts;
  private final Callbacks callbacks;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final IncidentBoard boards;
  private final RefusalPage refusals;
  private final InstantSource clock;

  ReleasePages(
      DeploymentRegister register,
      GateService gates,
      RolloutService rollouts,
      Callbacks callbacks,
      Evaluator evaluator,
      QueryWork work,
      IncidentBoard boards,
      RefusalPage refusals,
      InstantSource clock) {
    this.register = register;
    this.gates = gates;
    this.rollouts = rollouts;
    this.callbacks = callbacks;
    this.evaluator = evaluator;
    this.work = work;
    this.boards = boards;
    this.refusals = refusals;
    this.clock = clock;
  }

  /// Shows the releases.
  ///
  /// @param service, env, state, text what the releases must have
  /// @param page number of the page, from 1
  @GET
  @Path("releases")
  @Needs(Scope.GATE_READ)
  public Response list(
      @RestQuery @Nullable String service,
      @RestQuery @Nullable String env,
      @RestQuery @Nullable String state,
      @RestQuery @Nullable String text,
      @RestQuery @Nullable String page,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    var search = ReleaseSearch.of(service, env, state, text, page);
    return ReleaseAway.unlessAway(TITLE, () -> list(search, granted));
  }

  private Response list(ReleaseSearch search, Access.Granted granted) {
    Instant now = clock.instant();
    List<Deployment> stored =
        register.newest(search.service(), search.env(), ReleaseSearch.MAX_SEARCHED);
    List<Deployment> covered =
        stored.stream().filter(it -> granted.covers(it.service(), it.env())).toList();
    ReleaseSearch.Page found = search.run(covered);
    List<Release> recent = covered.stream().limit(RECENT).map(this::read).toList();
    List<ReleaseNeed> needs = ReleaseNeed.of(recent, now);
    return ReleaseAway.html(
        200,
        Templates.list(
            TITLE,
            ReleaseOverview.of(needs, covered, now),
            needs,
            search,
            ReleaseSearch.states(),
            Timeline.of(found.deployments(), now),
            found.deployments().stream()
                .map(it -> ReleaseRow.of(known(it, recent), covered, now))
                .toList(),
            found.isLast(),
            stored.size() == ReleaseSearch.MAX_SEARCHED,
            covered.isEmpty() && !stored.isEmpty()));
  }

  private Release read(Deployment deployment) {
    return Release.read(deployment, gates, rollouts);
  }

  private Release known(Deployment deployment, List<Release> recent) {
    return recent.stream()
        .filter(it -> it.deployment().key().equals(deployment.key()))
        .findFirst()
        .orElseGet(() -> read(deployment));
  }

  /// Shows one deployment.
  ///
  /// @param key the key of its announcement
  @GET
  @Path("releases/deployment")
  @Needs(Scope.GATE_READ)
  public Response deployment(@RestQuery @Nullable String key, @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    return ReleaseAway.unlessAway("Deployment", () -> deployment(key == null ? "" : key, granted));
  }

  private Response deployment(String key, Access.Granted granted) {
    Deployment deployment =
        register
            .find(key)
            .orElseThrow(
                () -> new NothingFoundException("No deployment has the key '" + key + "'"));
    if (!granted.covers(deployment.service(), deployment.env())) {
      return refusals.page(
          403,
          "The token of " + granted.name() + " does not cover this service and environment.",
          "");
    }
    Instant now = clock.instant();
    Release release = read(deployment);
    List<Deployment> known =
        register.newest(deployment.service(), deployment.env(), ReleaseSearch.MAX_SEARCHED);
    Instant end = deployment.finishedAt();
    return ReleaseAway.html(
        200,
        Templates.deployment(
            PageText.of(deployment.service()) + " " + PageText.of(deployment.version()),
            ReleaseRow.of(release, known, now),
            DeploymentFacts.of(release, callbacks.ofDeployment(key), now),
            FiredAlerts.of(
                deployment.service(),
                deployment.startedAt(),
                end == null ? now : end,
                evaluator,
                work,
                boards.now())));
  }

  /// Leads from the address that messages and pipelines of earlier versions contain.
  @GET
  @Path("deployments")
  @Needs(Scope.GATE_READ)
  public Response moved(@RestQuery @Nullable String key, @Context UriInfo uri) {
    // Encoded anew: the address may have characters that are not permitted in one.
    String query =
        uri.getQueryParameters().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .flatMap(
                parameter ->
                    parameter.getValue().stream()
                        .map(
                            value ->
                                PageLinks.encoded(parameter.getKey())
                                    + "="
                                    + PageLinks.encoded(value)))
            .collect(Collectors.joining("&"));
    String page = key == null || key.isEmpty() ? "/releases" : "/releases/deployment";
    return Response.status(301)
        .header(HttpHeaders.LOCATION, URI.create(query.isEmpty() ? page : page + "?" + query))
        .build();
  }
}
