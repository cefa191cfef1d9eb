package io.pharos.server.web.language;

import io.pharos.alerting.message.Language;
import io.quarkus.arc.Arc;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.LanguageHeader;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The language of the page that is being rendered: the one that the reader chose by `?lang=`,
/// otherwise the one that the browser prefers, otherwise English.
@ApplicationScoped
@Named("language")
public class PageLanguage {
  /// Name of the parameter that chooses the language.
  static final String PARAMETER = "lang";

  /// Name of the cookie that keeps the choice.
  static final String COOKIE = "pharos_lang";

  /// The codes of the languages of the pages.
  static final List<String> CODES = List.of("en", "zh");

  /// Whether the page is in Chinese.
  static boolean isChinese(RoutingContext routing) {
    Cookie chosen = routing.request().getCookie(COOKIE);
    Stream<String> accepted =
        routing.acceptableLanguages().stream()
            .filter(header -> header.weight() > 0)
            .map(LanguageHeader::tag);
    return Stream.concat(Stream.ofNullable(chosen).map(Cookie::getValue), accepted)
        .filter(CODES::contains)
        .findFirst()
        .filter("zh"::equals)
        .isPresent();
  }

  /// Returns the language of the page, which is also that of the annotations on it.
  public static Language spoken() {
    return current().filter(PageLanguage::isChinese).isPresent()
        ? Language.CHINESE
        : Language.ENGLISH;
  }

  /// Whether the page is in Chinese, for templates.
  public boolean isChinese() {
    return spoken() == Language.CHINESE;
  }

  /// Returns the address of the same page in the other language.
  public String other() {
    String query =
        current()
            .filter(routing -> HttpMethod.GET.equals(routing.request().method()))
            .map(routing -> routing.request().query())
            .orElse("");
    String rest = without(query);
    return "?" + rest + (rest.isEmpty() ? "" : "&") + PARAMETER + (isChinese() ? "=en" : "=zh");
  }

  /// Returns a query without the parameter that chooses the language.
  static String without(@Nullable String query) {
    return String.join(
        "&",
        Arrays.stream(Objects.requireNonNullElse(query, "").split("&"))
            .filter(pair -> !pair.isEmpty() && !pair.startsWith(PARAMETER + "="))
            .toList());
  }

  /// Empty for a page that is rendered outside of a request, as the answer to a malformed one is.
  private static Optional<RoutingContext> current() {
    return Optional.ofNullable(Arc.container())
        .filter(container -> container.requestContext().isActive())
        .map(container -> container.instance(CurrentVertxRequest.class).get())
        .map(CurrentVertxRequest::getCurrent);
  }
}
