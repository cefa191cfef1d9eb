package io.pharos.server.web.release;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Scope;
import io.pharos.callback.Callbacks;
import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.promql.value.Evaluator;
import io.pharos.rollout.RolloutService;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.incident.IncidentBoard;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The page of a gate, and the page on which a person overrides its verdict.
@Path("/releases/gates/{id}")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class GatePages {
  private static final String TITLE = "Gate";

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance gate(
        String title,
        GateStory gate,
        String rollout,
        FiredAlerts fired,
        List<GateCourse.Answer> answers,
        List<DeploymentFacts.Report> reports);

    static native TemplateInstance override(
        String title,
        String id,
        String release,
        VerdictWord verdict,
        String why,
        String outcome,
        String reason,
        String problem,
        boolean mayOverride,
        boolean takesTokens);
  }

  private final GateService gates;
  private final Hindsight hindsight;
  private final RolloutService rollouts;
  private final Callbacks callbacks;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final IncidentBoard boards;
  private final AccessControl access;
  private final RequestClient clients;
  private final RefusalPage refusals;
  private final InstantSource clock;

  GatePages(
      GateService gates,
      Hindsight hindsight,
      RolloutService rollouts,
      Callbacks callbacks,
      Evaluator evaluator,
      QueryWork work,
      IncidentBoard boards,
      AccessControl access,
      RequestClient clients,
      RefusalPage refusals,
      InstantSource clock) {
    this.gates = gates;
    this.hindsight = hindsight;
    this.rollouts = rollouts;
    this.callbacks = callbacks;
    this.evaluator = evaluator;
    this.work = work;
    this.boards = boards;
    this.access = access;
    this.clients = clients;
    this.refusals = refusals;
    this.clock = clock;
  }

  /// Shows a gate.
  @GET
  @Needs(Scope.GATE_READ)
  public Response gate(@PathParam("id") String id, @Context SecurityContext caller) {
    return ifCovered(id, caller, this::page);
  }

  private Response ifCovered(String id, SecurityContext caller, Function<GateRun, Response> page) {
    Access.Granted granted = Caller.of(caller);
    return ReleaseAway.unlessAway(
        TITLE,
        () -> {
          GateRun run =
              gates
                  .find(id)
                  .orElseThrow(() -> new NothingFoundException("No gate has the id '" + id + "'"));
          return granted.covers(run.service(), run.env())
              ? page.apply(run)
              : refusals.page(
                  403, "The token of " + granted.name() + " does not cover this service.", "");
        });
  }

  private Response page(GateRun run) {
    Instant now = clock.instant();
    DeploymentStatus status =
        gates
            .deployment(run.deploymentKey())
            .map(Deployment::status)
            .orElse(DeploymentStatus.IN_PROGRESS);
    EffectiveVerdict effective =
        Release.Judged.of(run, gates.effectiveVerdict(run), status).effective();
    StoredGate stored = hindsight.of(run);
    GateEvidence evidence = GateEvidence.of(stored, now);
    return ReleaseAway.html(
        200,
        Templates.gate(
            TITLE + " of " + PageText.of(run.service()) + " " + PageText.of(run.version()),
            GateStory.of(
                run,
                effective,
                stored,
                evidence,
                hindsight.regrets(List.of(run.id())).getOrDefault(run.id(), List.of()),
                now),
            rollouts
                .ofDeployment(run.deploymentKey())
                .map(it -> PageLinks.rollout(it.id()))
                .orElse(""),
            FiredAlerts.of(
                run.service(), run.openedAt(), evidence.to(), evaluator, work, boards.now()),
            GateCourse.answers(gates.told(run.id()), now),
            callbacks.ofDeployment(run.deploymentKey()).stream()
                .map(DeploymentFacts::report)
                .toList()));
  }

  /// Shows the form of an override, which says what it does before it is done.
  @GET
  @Path("override")
  @Needs(Scope.GATE_READ)
  public Response ask(
      @PathParam("id") String id,
      @Context SecurityContext caller,
      @Context HttpServerRequest request) {
    boolean mayOverride = access.allows(clients.of(request).fromOwnPage(), Scope.GATE_OVERRIDE);
    return ifCovered(id, caller, run -> form(200, run, "", "", "", mayOverride));
  }

  private Response form(
      int status, GateRun run, String outcome, String reason, String problem, boolean mayOverride) {
    return ReleaseAway.html(
        status,
        Templates.override(
            "Override the gate",
            run.id(),
            "%s %s in %s"
                .formatted(
                    PageText.of(run.service()), PageText.of(run.version()), PageText.of(run.env())),
            VerdictWord.of(run, gates.effectiveVerdict(run)),
            PageText.of(run.summary()),
            outcome,
            reason,
            problem,
            mayOverride,
            access.takesTokens()));
  }

  /// Overrides the verdict. The gate's own verdict stays recorded.
  ///
  /// @param form fields `outcome` (PASS or FAIL) and `reason`
  @POST
  @Path("override")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.GATE_OVERRIDE)
  public Response override(
      @PathParam("id") String id,
      MultivaluedMap<String, String> form,
      @Context SecurityContext caller) {
    String outcome = text(form.getFirst("outcome"));
    String reason = text(form.getFirst("reason"));
    return ifCovered(
        id,
        caller,
        run -> {
          try {
            return switch (gates.override(run, outcome, reason, Caller.of(caller).name())) {
              case GateService.Overridden.Made(GateRun made) ->
                  Response.status(303)
                      .header(HttpHeaders.LOCATION, URI.create(PageLinks.gate(made.id())))
                      .build();
              case GateService.Overridden.Refused(GateRun _, String why) ->
                  form(
                      409,
                      run,
                      outcome,
                      reason,
                      "This gate can't be overridden to " + outcome + ": " + why + ".",
                      true);
            };
          } catch (InvalidFieldException e) {
            return form(
                400, run, outcome, reason, PageText.of(String.valueOf(e.getMessage())), true);
          }
        });
  }

  private static String text(@Nullable String field) {
    return field == null ? "" : field;
  }
}
