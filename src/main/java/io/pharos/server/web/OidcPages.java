package io.pharos.server.web;

import io.pharos.access.AccessControl;
import io.pharos.access.AccessControl.LogIn;
import io.pharos.access.Client;
import io.pharos.access.ProviderLogIn;
import io.pharos.access.TrustBoundary;
import io.pharos.model.Quoted;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.refusal.AuditFilter;
import io.pharos.server.api.refusal.NothingFoundException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.NewCookie;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to an identity provider and back.
@Path("/login/oidc")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class OidcPages {
  private static final Logger LOG = LoggerFactory.getLogger(OidcPages.class);
  private static final String COOKIE = "pharos_login";

  /// Maximum length of the address in the cookie.
  private static final int MAX_NEXT = 2_000;

  private static final Duration LIFE = Duration.ofMinutes(10);

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance arrived(String title, String next);
  }

  private final ProviderLogIn logIn;
  private final RequestClient clients;
  private final TrustBoundary trustBoundary;
  private final SessionPages pages;

  OidcPages(
      ProviderLogIn logIn, RequestClient clients, TrustBoundary trustBoundary, SessionPages pages) {
    this.logIn = logIn;
    this.clients = clients;
    this.trustBoundary = trustBoundary;
    this.pages = pages;
  }

  /// Sends the person to the provider.
  ///
  /// @param next page to open after the log-in
  @GET
  @Exempt(Exemption.LOG_IN)
  public Response begin(@RestQuery @Nullable String next) {
    if (logIn.provider().isEmpty()) {
      throw new NothingFoundException("No identity provider is set here: see --web.auth");
    }
    String address = next == null || next.length() > MAX_NEXT ? "" : SessionPages.address(next);
    return switch (logIn.begin()) {
      case ProviderLogIn.Begin.Continues(var provider, String ticket) ->
          Response.status(303)
              .header(HttpHeaders.LOCATION, provider)
              .header(HttpHeaders.CACHE_CONTROL, "no-store")
              .cookie(cookie(ticket + "." + encoded(address), LIFE))
              .build();
      case ProviderLogIn.Begin.Unavailable(String reason) ->
          pages.page(503, "The identity provider can't be asked now: " + reason + ".", address);
    };
  }

  /// Starts a session if the provider confirms who the person is. A redirect would not do: a
  /// browser that comes from another site does not send the session's cookie.
  @GET
  @Path("/return")
  @Exempt(Exemption.LOG_IN)
  public Response finish(
      @RestQuery @Nullable String code,
      @RestQuery @Nullable String state,
      @RestQuery @Nullable String error,
      @Context RoutingContext routing) {
    Client client = clients.of(routing.request());
    var cookie = routing.request().getCookie(COOKIE);
    String kept = cookie == null ? "" : cookie.getValue();
    int end = kept.lastIndexOf('.');
    String ticket = end < 0 ? "" : kept.substring(0, end);
    String next = end < 0 ? "" : SessionPages.address(decoded(kept.substring(end + 1)));
    if (error != null && !error.isEmpty()) {
      return done(
          pages.page(
              401,
              "The identity provider refused the log-in: " + Quoted.of(Quoted.cut(error, 100)),
              next));
    }
    LogIn outcome = logIn.finish(ticket, text(state), text(code), client);
    return done(
        switch (outcome) {
          case LogIn.Begun(String session, String name) -> {
            routing.put(AuditFilter.ACTOR, name);
            LOG.info("{} logged in from {}", Quoted.of(name), client.address());
            String address = next.isEmpty() ? "/" : next;
            yield Response.ok(Templates.arrived("Logged in", address).render())
                .header("Refresh", "0; url=" + address)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .cookie(pages.cookie(session, AccessControl.sessionLife()))
                .build();
          }
          case LogIn.Refused(String reason) -> pages.page(401, reason, next);
          case LogIn.Wrong _ -> pages.page(401, "This log-in is not valid.", next);
          case LogIn.TooManyAttempts(var attempt) -> pages.limited(attempt, "", next);
          case LogIn.Full(String reason) -> pages.page(503, reason, next);
        });
  }

  private Response done(Response response) {
    return Response.fromResponse(response).cookie(cookie("", Duration.ZERO)).build();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static String encoded(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String text) {
    try {
      return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) { // the cookie was changed
      return "";
    }
  }

  /* Lax, because the provider's page leads back here. */
  private NewCookie cookie(String value, Duration life) {
    return new NewCookie.Builder(COOKIE)
        .value(value)
        .path("/login/oidc")
        .maxAge((int) life.toSeconds())
        .httpOnly(true)
        .secure(trustBoundary.isSecure())
        .sameSite(NewCookie.SameSite.LAX)
        .build();
  }
}
