package io.pharos.tap.proxy;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/// The key and certificate of a listener, which can be replaced while it listens. A handshake
/// continues with the certificate that it selected. (Updating the options of a Vert.x server would
/// abort handshakes.) Thread-safe.
final class ReloadableKeyManager extends X509ExtendedKeyManager {
  /* A handshake first selects an alias, then fetches the key of that alias. Aliases contain a
   * generation number; the previous generation remains available for handshakes that selected it
   * before the change. */
  private record Held(int generation, X509KeyManager now, X509KeyManager before) {
    @Nullable String name(@Nullable String alias) {
      return alias == null ? null : generation + ":" + alias;
    }

    X509KeyManager of(String name) {
      return name.startsWith(generation + ":") ? now : before;
    }
  }

  private volatile Held held;

  ReloadableKeyManager(X509KeyManager first) {
    held = new Held(0, first, first);
  }

  /// Uses another key and certificate for new handshakes.
  synchronized void renew(X509KeyManager next) {
    held = new Held(held.generation + 1, next, held.now);
  }

  private static String alias(String name) {
    return name.substring(name.indexOf(':') + 1);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    Held current = held;
    return current.name(
        current.now instanceof X509ExtendedKeyManager keys
            ? keys.chooseEngineServerAlias(keyType, issuers, engine)
            : current.now.chooseServerAlias(keyType, issuers, null));
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    Held current = held;
    return current.name(current.now.chooseServerAlias(keyType, issuers, socket));
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String name) {
    return held.of(name).getCertificateChain(alias(name));
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String name) {
    return held.of(name).getPrivateKey(alias(name));
  }

  /* A server does not call the methods below. */

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
