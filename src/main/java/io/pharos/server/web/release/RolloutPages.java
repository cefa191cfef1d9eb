package io.pharos.server.web.release;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Scope;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.oncall.window.MaintenanceWindows;
import io.pharos.rollout.OperatorRequest;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutOrder;
import io.pharos.rollout.RolloutService;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
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
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/// The page of a rollout, and the pages on which a person decides about it.
@Path("/releases/rollouts/{id}")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class RolloutPages {
  private static final String TITLE = "Rollout";
  private static final int MAX_REASON = 1_000;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance rollout(
        String title, RolloutStory rollout, List<Silence> silences);

    static native TemplateInstance act(
        String title,
        String id,
        String action,
        String meaning,
        String scope,
        String why,
        String reason,
        String problem,
        boolean mayAct,
        boolean takesTokens);
  }

  private final RolloutService rollouts;
  private final GateService gates;
  private final Silences silences;
  private final AccessControl access;
  private final RequestClient clients;
  private final RefusalPage refusals;
  private final InstantSource clock;

  RolloutPages(
      RolloutService rollouts,
      GateService gates,
      Silences silences,
      AccessControl access,
      RequestClient clients,
      RefusalPage refusals,
      InstantSource clock) {
    this.rollouts = rollouts;
    this.gates = gates;
    this.silences = silences;
    this.access = access;
    this.clients = clients;
    this.refusals = refusals;
    this.clock = clock;
  }

  /// Shows a rollout.
  @GET
  @Needs(Scope.GATE_READ)
  public Response rollout(@PathParam("id") String id, @Context SecurityContext caller) {
    return ifCovered(id, caller, this::page);
  }

  private Response ifCovered(String id, SecurityContext caller, Function<Rollout, Response> page) {
    Access.Granted granted = Caller.of(caller);
    return ReleaseAway.unlessAway(
        TITLE,
        () -> {
          Rollout rollout =
              rollouts
                  .find(id)
                  .orElseThrow(
                      () -> new NothingFoundException("No rollout has the id '" + id + "'"));
          RolloutOrder order = rollout.order();
          return granted.covers(order.service(), order.env())
              ? page.apply(rollout)
              : refusals.page(
                  403, "The token of " + granted.name() + " does not cover this service.", "");
        });
  }

  private Response page(Rollout rollout) {
    Instant now = clock.instant();
    RolloutOrder order = rollout.order();
    var facts =
        new RolloutStory.Facts(
            rollout,
            rollouts.site(rollout).orElse(null),
            rollouts.events(rollout.id()),
            gates.ofDeployment(order.deployment()).stream()
                .map(
                    run ->
                        Release.Judged.of(
                            run,
                            gates.effectiveVerdict(run),
                            run.id().equals(rollout.gate())
                                ? DeploymentStatus.IN_PROGRESS
                                : DeploymentStatus.SUCCEEDED))
                .toList(),
            rollouts.seen(rollout));
    return ReleaseAway.html(
        200,
        Templates.rollout(
            TITLE + " of " + PageText.of(order.service()) + " " + PageText.of(order.version()),
            RolloutStory.of(facts, now),
            silences.list().stream()
                .filter(it -> rollout.id().equals(it.annotations().get(MaintenanceWindows.ROLLOUT)))
                .toList()));
  }

  /// Shows the form of a decision, which says what it does before it is done.
  @GET
  @Path("{action}")
  @Needs(Scope.GATE_READ)
  public Response ask(
      @PathParam("id") String id,
      @PathParam("action") String action,
      @Context SecurityContext caller,
      @Context HttpServerRequest request) {
    OperatorRequest wanted = named(action);
    boolean mayAct = access.allows(clients.of(request).fromOwnPage(), scope(wanted));
    return ifCovered(id, caller, rollout -> form(200, rollout, wanted, "", "", mayAct));
  }

  private static OperatorRequest named(String action) {
    return Stream.of(OperatorRequest.values())
        .filter(request -> request.name().toLowerCase(Locale.ROOT).equals(action))
        .findFirst()
        .orElseThrow(
            () ->
                new NothingFoundException(
                    "A rollout has no decision '" + PageText.of(action) + "'"));
  }

  private static Scope scope(OperatorRequest request) {
    return switch (request) {
      case APPROVE -> Scope.ROLLOUT_APPROVE;
      case PAUSE, RESUME, ABORT -> Scope.ROLLOUT_WRITE;
    };
  }

  private Response form(
      int status,
      Rollout rollout,
      OperatorRequest request,
      String reason,
      String problem,
      boolean mayAct) {
    String action = request.name().toLowerCase(Locale.ROOT);
    return ReleaseAway.html(
        status,
        Templates.act(
            request.name().charAt(0) + action.substring(1) + " the rollout",
            rollout.id(),
            action,
            meaning(request),
            scope(request).text(),
            PageText.of(rollout.why()),
            reason,
            problem,
            mayAct,
            access.takesTokens()));
  }

  private static String meaning(OperatorRequest request) {
    return switch (request) {
      case PAUSE ->
          "The weights stay as they are until a person resumes. If a gate fails meanwhile, the traffic still returns.";
      case RESUME -> "A paused rollout goes on; a held one is judged by another gate.";
      case ABORT ->
          "All traffic returns to the previous release. The rollout does not go on again.";
      case APPROVE ->
          "The rollout goes on to its next step. If its gate has no verdict, it goes on without a PASS.";
    };
  }

  /// Pauses, resumes or aborts.
  @POST
  @Path("{action}")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.ROLLOUT_WRITE)
  public Response act(
      @PathParam("id") String id,
      @PathParam("action") String action,
      MultivaluedMap<String, String> form,
      @Context SecurityContext caller) {
    OperatorRequest wanted = named(action);
    if (wanted == OperatorRequest.APPROVE) { // it has a route of its own, with another scope
      throw new NothingFoundException("Approvals are not sent here");
    }
    return decide(id, wanted, form, caller);
  }

  /// Approves the next step.
  @POST
  @Path("approve")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.ROLLOUT_APPROVE)
  public Response approve(
      @PathParam("id") String id,
      MultivaluedMap<String, String> form,
      @Context SecurityContext caller) {
    return decide(id, OperatorRequest.APPROVE, form, caller);
  }

  private Response decide(
      String id,
      OperatorRequest request,
      MultivaluedMap<String, String> form,
      SecurityContext caller) {
    List<String> reasons = form.getOrDefault("reason", List.of());
    String reason = reasons.isEmpty() ? "" : reasons.getFirst().strip();
    return ifCovered(
        id,
        caller,
        rollout -> {
          if (reason.isEmpty() || reason.length() > MAX_REASON) {
            return form(
                400,
                rollout,
                request,
                reason,
                "Enter a reason of 1 to " + MAX_REASON + " characters.",
                true);
          }
          return switch (rollouts.act(id, request, Caller.of(caller).name(), reason)) {
            case RolloutService.Acted.Done(Rollout done) ->
                Response.status(303)
                    .header(HttpHeaders.LOCATION, URI.create(PageLinks.rollout(done.id())))
                    .build();
            case RolloutService.Acted.NotNow(Rollout now) ->
                form(
                    409,
                    now,
                    request,
                    reason,
                    "That is not possible while the rollout is in the phase "
                        + now.phase().word()
                        + ".",
                    true);
            case RolloutService.Acted.NotFound _ ->
                throw new NothingFoundException("No rollout has the id '" + id + "'");
          };
        });
  }
}
