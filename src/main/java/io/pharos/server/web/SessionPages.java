package io.pharos.server.web;

import io.pharos.access.AccessControl;
import io.pharos.access.AccessControl.LogIn;
import io.pharos.access.Client;
import io.pharos.access.GuessLimit;
import io.pharos.access.TrustBoundary;
import io.pharos.model.Quoted;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.refusal.AuditFilter;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.NewCookie;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The login page, which exchanges a token or a password for a session cookie.
@Path("/login")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class SessionPages implements RefusalPage {
  private static final Logger LOG = LoggerFactory.getLogger(SessionPages.class);
  private static final int MAX_ADDRESS = 8000;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance login(String title, String problem, String name, String next);
  }

  private final AccessControl access;
  private final RequestClient clients;
  private final TrustBoundary trustBoundary;

  SessionPages(AccessControl access, RequestClient clients, TrustBoundary trustBoundary) {
    this.access = access;
    this.clients = clients;
    this.trustBoundary = trustBoundary;
  }

  /// Shows the login form, or the current session with a button to end it.
  @GET
  @Exempt(Exemption.LOG_IN)
  public Response form(@RestQuery @Nullable String next) {
    return answer(200, "", "", address(next));
  }

  /// Starts a session if the token or the password is right, and redirects to the page that the
  /// form names.
  ///
  /// @param form fields `token`, or `name` and `password`; and `next`, the page to redirect to
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Exempt(Exemption.LOG_IN)
  public Response logIn(MultivaluedMap<String, String> form, @Context RoutingContext routing) {
    HttpServerRequest request = routing.request();
    Client client = clients.of(request);
    String address = address(form.getFirst("next"));
    String name = text(form, "name");
    if (!client.crossSite().isEmpty()) {
      return answer(403, client.crossSite(), name, address);
    }
    boolean byToken = form.containsKey("token");
    LogIn outcome =
        byToken
            ? access.logIn(text(form, "token"), client)
            : access.logIn(name, text(form, "password"), client);
    return switch (outcome) {
      case LogIn.Begun(String session, String holder) -> {
        routing.put(AuditFilter.ACTOR, holder);
        LOG.info("{} logged in from {}", Quoted.of(holder), client.address());
        yield redirect(address.isEmpty() ? "/" : address)
            .cookie(cookie(session, AccessControl.sessionLife()))
            .build();
      }
      case LogIn.Wrong _ -> {
        // Not what was typed: it may be a password.
        routing.put(AuditFilter.ACTOR, access.isPerson(name) ? name : "");
        LOG.warn(
            "a login from {} was refused: {}",
            client.address(),
            byToken ? "the token is not valid" : "the name or the password is wrong");
        String problem =
            byToken ? "This token is not valid." : "The name or the password is not right.";
        yield answer(401, problem, name, address);
      }
      case LogIn.Refused(String reason) -> answer(401, reason, name, address);
      case LogIn.TooManyAttempts(var attempt) -> limited(attempt, name, address);
      case LogIn.Full(String reason) -> {
        LOG.warn("a login from {} was refused: {}", client.address(), reason);
        yield answer(503, reason, name, address);
      }
    };
  }

  /// Ends the session.
  @POST
  @Path("/end")
  @Exempt(Exemption.LOG_OUT)
  public Response logOut(@Context RoutingContext routing) {
    Client client = clients.of(routing.request());
    access.holder(client).ifPresent(holder -> routing.put(AuditFilter.ACTOR, holder.name()));
    if (!client.crossSite().isEmpty()) {
      return answer(403, client.crossSite(), "", "");
    }
    String session = client.session();
    try {
      if (session != null) {
        access.logOut(session);
      }
    } catch (StoreUnavailableException e) {
      return answer(503, "You are still logged in elsewhere: " + e.getMessage(), "", "");
    }
    return redirect("/login").cookie(cookie("", Duration.ZERO)).build();
  }

  @Override
  public Response page(int status, String reason, String address) {
    return answer(status, reason, "", address(address));
  }

  /// Returns the page for a client who has tried too often.
  Response limited(GuessLimit.Attempt.Refused attempt, String name, String next) {
    long seconds = attempt.retryAfter();
    String problem =
        "Too many wrong attempts from your address. Try again in " + seconds + " seconds.";
    return Response.fromResponse(answer(429, problem, name, next))
        .header(HttpHeaders.RETRY_AFTER, seconds)
        .build();
  }

  private static String text(MultivaluedMap<String, String> form, String field) {
    String value = form.getFirst(field);
    return value == null ? "" : value;
  }

  private Response answer(int status, String problem, String name, String next) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(
            Templates.login(status == 403 ? "Not permitted" : "Log in", problem, name, next)
                .render())
        .build();
  }

  private static Response.ResponseBuilder redirect(String address) {
    return Response.status(303).header(HttpHeaders.LOCATION, URI.create(address));
  }

  /// Returns the cookie of a session.
  NewCookie cookie(String value, Duration life) {
    return new NewCookie.Builder(TrustBoundary.COOKIE)
        .value(value)
        .path("/")
        .maxAge((int) life.toSeconds())
        .httpOnly(true)
        .secure(trustBoundary.isSecure())
        .sameSite(NewCookie.SameSite.STRICT)
        .build();
  }

  /// Returns the text if it is a path on this server, otherwise an empty text.
  static String address(@Nullable String text) {
    if (text == null
        || text.length() > MAX_ADDRESS
        || !text.startsWith("/")
        || text.startsWith("//")
        || text.chars().anyMatch(c -> c <= ' ' || c == '\\' || c >= 0x7f)) {
      return "";
    }
    try {
      return URI.create(text).toString();
    } catch (IllegalArgumentException _) { // not a valid URL
      return "";
    }
  }
}
