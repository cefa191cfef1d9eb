package io.pharos.server.web;

import io.pharos.access.AccessControl;
import io.pharos.access.AccountMode;
import io.pharos.access.Client;
import io.pharos.access.Holder;
import io.pharos.access.ProviderLogIn;
import io.pharos.access.Role;
import io.pharos.access.Scope;
import io.pharos.server.api.RequestClient;
import io.pharos.server.web.design.PageLinks;
import io.quarkus.arc.Arc;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sender of the request for the page that is being rendered, for templates.
@ApplicationScoped
@Named("visitor")
class Visitor {
  private final AccessControl access;
  private final RequestClient clients;
  private final ProviderLogIn provider;
  private final CurrentVertxRequest request;

  Visitor(
      AccessControl access,
      RequestClient clients,
      ProviderLogIn provider,
      CurrentVertxRequest request) {
    this.access = access;
    this.clients = clients;
    this.provider = provider;
    this.request = request;
  }

  /// Returns who is logged in; null if nobody is.
  public @Nullable Holder getHolder() {
    return client().flatMap(access::holder).orElse(null);
  }

  /// Returns how people log in: `none`, `local` or `oidc`.
  public String getMode() {
    return access.mode().name().toLowerCase(Locale.ROOT);
  }

  /// Returns the host of the identity provider; empty if there is none.
  public String getProvider() {
    return provider.provider();
  }

  /// Returns the address at which the log-in at the provider begins.
  ///
  /// @param next page to open after it
  public String providerAddress(String next) {
    return "/login/oidc?next=" + PageLinks.encoded(next);
  }

  /// Whether tokens can log in.
  public boolean getTakesTokens() {
    return access.takesTokens();
  }

  /// Returns the hidden text of forms; empty without a session.
  public String getFormToken() {
    return client().map(access::formToken).orElse("");
  }

  /// Whether the visitor may do what a scope permits.
  ///
  /// @param scope name of the scope
  public boolean may(String scope) {
    return client().filter(one -> access.allows(one.fromOwnPage(), Scope.parse(scope))).isPresent();
  }

  /// Returns who may do what a scope permits, for a visitor who may not.
  ///
  /// @param scope name of the scope
  public String who(String scope) {
    Scope needed = Scope.parse(scope);
    return access.mode() == AccountMode.NONE
        ? access.takesTokens()
            ? "a token with the scope " + needed.text()
            : "a client on the host of Pharos"
        : "the role " + Role.permitting(needed);
  }

  /// Empty for a page that is rendered outside of a request, as the answer to a malformed one is.
  private Optional<Client> client() {
    return Arc.container().requestContext().isActive()
        ? Optional.ofNullable(request.getCurrent()).map(current -> clients.of(current.request()))
        : Optional.empty();
  }
}
