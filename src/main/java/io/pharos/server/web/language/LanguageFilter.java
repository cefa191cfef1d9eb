package io.pharos.server.web.language;

import io.pharos.access.TrustBoundary;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.NewCookie;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Map;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/// Translates each page before it is sent, and keeps the language that a reader chooses.
public class LanguageFilter {
  /// How each page of `base.html` begins; mails in the mailbox and answers to programs do not.
  private static final String START = "<!doctype html>\n<html lang=\"en\"";

  private static final Duration LIFE = Duration.ofDays(365);

  private final PageWords words = PageWords.chinese();
  private final String start =
      "<!doctype html>\n<html lang=\"zh-CN\" data-words=\""
          + PageWords.escaped(new JsonObject(Map.copyOf(words.ofScripts())).encode())
          + "\"";
  private final TrustBoundary trustBoundary;

  LanguageFilter(TrustBoundary trustBoundary) {
    this.trustBoundary = trustBoundary;
  }

  /// Answers a request that chooses a language: the cookie, and the same page without the choice.
  /// The address is relative, so that it never leads to another host.
  @ServerRequestFilter(preMatching = true)
  public @Nullable Response choose(RoutingContext routing) {
    String chosen = routing.queryParams().get(PageLanguage.PARAMETER);
    String accepted = routing.request().getHeader(HttpHeaders.ACCEPT);
    if (chosen == null
        || !PageLanguage.CODES.contains(chosen)
        || !HttpMethod.GET.equals(routing.request().method())
        || accepted == null
        || !accepted.contains("text/html")) {
      return null;
    }
    return Response.status(303)
        .header(HttpHeaders.LOCATION, "?" + PageLanguage.without(routing.request().query()))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .cookie(
            new NewCookie.Builder(PageLanguage.COOKIE)
                .value(chosen)
                .path("/")
                .maxAge((int) LIFE.toSeconds())
                .httpOnly(true)
                .secure(trustBoundary.isSecure())
                .sameSite(NewCookie.SameSite.LAX)
                .build())
        .build();
  }

  /// Translates a page. Runs before the filter that counts the memory of large answers.
  @ServerResponseFilter(priority = Priorities.USER + 1000)
  public void translate(ContainerResponseContext response, RoutingContext routing) {
    if (response.getEntity() instanceof String page && page.startsWith(START)) {
      response.getHeaders().add(HttpHeaders.VARY, "Accept-Language, Cookie");
      if (PageLanguage.isChinese(routing)) {
        response.setEntity(
            start + PageTranslation.of(words::translated, page.substring(START.length())));
      }
    }
  }
}
