package io.pharos.server.web.routing;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.pharos.NotificationsResource;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The page of the ledger: who was told what, when, and what the receivers answered.
@Path("/routing/ledger")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class LedgerPages {
  /// The search form as the reader filled it in.
  ///
  /// @param receivers the names of all receivers
  /// @param from,to a time in RFC 3339, or a duration before now
  record Form(
      List<String> receivers, String receiver, String status, String text, String from, String to) {
    static final List<String> STATUSES = List.of("pending", "sent", "failed", "superseded");

    /// Returns the statuses to choose from.
    public List<String> statuses() {
      return STATUSES;
    }

    /// Whether all deliveries are searched.
    public boolean isEmpty() {
      return Stream.of(receiver, status, text, from, to).allMatch(String::isEmpty);
    }

    /// Returns the address of this search from another place in the ledger.
    String address(LedgerSearch.Cursor cursor) {
      return "/routing/ledger?receiver=%s&status=%s&text=%s&from=%s&to=%s&skip=%d"
          .formatted(
              PageLinks.encoded(receiver),
              PageLinks.encoded(status),
              PageLinks.encoded(text),
              PageLinks.encoded(from),
              PageLinks.encoded(cursor.until().toString()),
              cursor.skip());
    }
  }

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance ledger(
        String title,
        Form form,
        String problem,
        List<LedgerRow> rows,
        String older,
        String searched,
        boolean seesAnswers);
  }

  private final Dispatcher dispatcher;
  private final Outbox outbox;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  LedgerPages(
      Dispatcher dispatcher,
      Outbox outbox,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.dispatcher = dispatcher;
    this.outbox = outbox;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Shows the deliveries that a search finds, newest first.
  ///
  /// @param text part of the labels of the group
  /// @param from,to a time in RFC 3339, or a duration before now
  /// @param skip number of deliveries decided at `to` that earlier pages contained
  @GET
  public Response ledger(
      @RestQuery @Nullable String receiver,
      @RestQuery @Nullable String status,
      @RestQuery @Nullable String text,
      @RestQuery @Nullable String from,
      @RestQuery @Nullable String to,
      @RestQuery @Nullable String skip,
      @Context HttpServerRequest request) {
    Client client = clients.of(request).fromOwnPage();
    boolean seesAnswers = access.allows(client, Scope.ALERT_WRITE);
    var form =
        new Form(
            dispatcher.config().receivers().stream().map(ReceiverConfig::name).toList(),
            text(receiver),
            text(status),
            text(text),
            text(from),
            text(to));
    try {
      Instant now = clock.instant();
      LedgerSearch.Page page = search(form, text(skip), now).run(outbox::ledger);
      return answer(
          200,
          Templates.ledger(
              "Who was told",
              form,
              "",
              page.entries().stream()
                  .map(entry -> seesAnswers ? entry : entry.withoutAnswers())
                  .map(entry -> LedgerRow.of(entry, now))
                  .toList(),
              page.older().map(form::address).orElse(""),
              form.text().isEmpty() ? "" : "%,d".formatted(page.searched()),
              seesAnswers));
    } catch (IllegalArgumentException e) {
      return problem(400, form, PageText.of(String.valueOf(e.getMessage())), seesAnswers);
    } catch (StoreUnavailableException e) {
      String problem =
          "The store is unavailable, so it is unknown who was told: "
              + PageText.of(String.valueOf(e.getMessage()));
      return problem(503, form, problem, seesAnswers);
    }
  }

  private static LedgerSearch search(Form form, String skip, Instant now) {
    Optional<Instant> to = NotificationsResource.time("to", form.to(), now);
    return new LedgerSearch(
        form.receiver(),
        NotificationsResource.status(form.status()),
        form.text(),
        NotificationsResource.time("from", form.from(), now),
        to,
        skip(skip));
  }

  private static int skip(String text) {
    try {
      int skip = text.isEmpty() ? 0 : Integer.parseInt(text);
      if (skip >= 0 && skip <= LedgerEntry.Query.MAX_LIMIT) {
        return skip;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new IllegalArgumentException(
        "skip: expected a number from 0 to %d, found %s"
            .formatted(LedgerEntry.Query.MAX_LIMIT, text));
  }

  private static Response problem(int status, Form form, String problem, boolean seesAnswers) {
    return answer(
        status, Templates.ledger("Who was told", form, problem, List.of(), "", "", seesAnswers));
  }

  private static Response answer(int status, TemplateInstance page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(page.render())
        .build();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text.strip();
  }
}
