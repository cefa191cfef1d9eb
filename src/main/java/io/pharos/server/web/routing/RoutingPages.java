package io.pharos.server.web.routing;

import static java.util.stream.Collectors.toSet;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.dispatch.RouteNode;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silences;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.oncall.schedule.EscalationPolicy;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestClient;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The page of routing: whether the receivers answer, where an alert would go, and the tree.
@Path("/routing")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class RoutingPages {
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance routing(
        String title,
        ReceiverHealth.Verdict verdict,
        String problem,
        String asked,
        String askedProblem,
        @Nullable AlertAnswer answer,
        List<RouteRow> routes,
        List<ReceiverRow> receivers,
        boolean mayTest);
  }

  private final Dispatcher dispatcher;
  private final Outbox outbox;
  private final Silences silences;
  private final ReceiverTests tests;
  private final OnCallSchedule onCall;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  RoutingPages(
      Dispatcher dispatcher,
      Outbox outbox,
      Silences silences,
      ReceiverTests tests,
      OnCallSchedule onCall,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.onCall = onCall;
    this.dispatcher = dispatcher;
    this.outbox = outbox;
    this.silences = silences;
    this.tests = tests;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Shows the page.
  ///
  /// @param alert labels of an alert whose way is asked for; null if none is asked for
  /// @param tested receiver to which a test message was just sent; null if none was sent
  @GET
  public Response routing(
      @RestQuery @Nullable String alert,
      @RestQuery @Nullable String tested,
      @Context HttpServerRequest request) {
    return page(200, "", alert, tested, clients.of(request).fromOwnPage());
  }

  /// Sends a test message to all integrations of a receiver. The page shows their answers.
  ///
  /// @param form field `receiver`, the name of the receiver
  @POST
  @Path("/test")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.ALERT_WRITE)
  public Response test(MultivaluedMap<String, String> form, @Context HttpServerRequest request) {
    String receiver = Optional.ofNullable(form.getFirst("receiver")).orElse("");
    Client client = clients.of(request);
    Optional<List<ReceiverTests.Outcome>> outcomes;
    try {
      outcomes = tests.run(receiver, ReceiverTests.Kind.FIRING);
    } catch (StoreUnavailableException e) {
      String problem =
          "The test was sent to %s, but the store is unavailable, so its answer is not recorded: %s"
              .formatted(PageText.of(receiver), PageText.of(String.valueOf(e.getMessage())));
      return page(503, problem, null, null, client);
    }
    if (outcomes.isEmpty()) {
      String problem = "There is no receiver " + PageText.of(Quoted.of(receiver)) + ".";
      return page(404, problem, null, null, client);
    }
    if (outcomes.get().isEmpty()) {
      String problem =
          "The receiver %s has no integrations: pharos drill tries a policy, other receivers need one."
              .formatted(PageText.of(Quoted.of(receiver)));
      return page(400, problem, null, null, client);
    }
    String anchor = ReceiverHealth.anchors(dispatcher.config()).get(receiver);
    return Response.status(303)
        .header(
            HttpHeaders.LOCATION,
            URI.create("/routing?tested=" + PageLinks.encoded(receiver) + "#" + anchor))
        .build();
  }

  private Response page(
      int status, String problem, @Nullable String asked, @Nullable String tested, Client client) {
    RouteNode root = dispatcher.outlook(Labels.empty()).path().node();
    ReceiverHealth health = health(client, tested == null ? "" : tested, root);
    List<ReceiverRow> receivers = health.rows();
    AlertAnswer answer = null;
    String askedProblem = "";
    int code = status;
    String text = asked == null ? "" : asked;
    if (!text.isBlank()) {
      try {
        answer = answer(AlertLabels.parse(text), health.anchors());
      } catch (IllegalArgumentException e) {
        askedProblem = PageText.of(String.valueOf(e.getMessage()));
        code = 400;
      } catch (StoreUnavailableException e) {
        askedProblem =
            "The silences can't be read now: " + PageText.of(String.valueOf(e.getMessage()));
        code = 503;
      }
    }
    return Response.status(code)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(
            Templates.routing(
                    "Routing",
                    health.verdict(receivers),
                    problem,
                    text,
                    askedProblem,
                    answer,
                    RouteRow.of(root, health.anchors()),
                    receivers,
                    access.allows(client, Scope.ALERT_WRITE))
                .render())
        .build();
  }

  private ReceiverHealth health(Client client, String tested, RouteNode root) {
    Instant now = clock.instant();
    Optional<ReceiverHealth.Answers> answers;
    try {
      answers =
          Optional.of(
              ReceiverHealth.Answers.read(
                  outbox::ledger,
                  access.allows(client, Scope.ALERT_WRITE)
                      ? entry -> entry
                      : LedgerEntry::withoutAnswers,
                  now));
    } catch (StoreUnavailableException _) { // the page says so
      answers = Optional.empty();
    }
    return new ReceiverHealth(
        dispatcher.config(),
        root,
        answers,
        outbox.unconfigured(),
        outbox.silentReceivers(),
        tested,
        now);
  }

  private AlertAnswer answer(Labels alert, Map<String, String> anchors) {
    AlertOverview.Outlook outlook = dispatcher.outlook(alert);
    return AlertAnswer.of(
        alert,
        outlook,
        dispatcher.config(),
        outlook.silencedBy().stream().flatMap(id -> silences.get(id).stream()).toList(),
        outbox.silentReceivers(),
        onCall.plan().policies().stream().map(EscalationPolicy::name).collect(toSet()),
        anchors,
        this::incident,
        clock.instant());
  }

  private String incident(Labels alert) {
    return PageLinks.incident(dispatcher.routes(alert).getFirst().groupLabels());
  }
}
