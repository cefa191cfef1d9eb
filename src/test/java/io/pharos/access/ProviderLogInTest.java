package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AccessControl.LogIn;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Log-ins at an identity provider that is honest, slow, away or a liar.
class ProviderLogInTest {
  private static final Client CLIENT =
      new Client(null, null, "192.0.2.1", "this request comes from another host", "");

  @TempDir Path folder;
  private ProviderRig provider;
  private Clients clients;
  private ClientPool pool;
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private People people;
  private AccessControl access;
  private ProviderLogIn logIn;

  @BeforeEach
  void start() throws Exception {
    provider = new ProviderRig();
    provider.now = now;
    Path secret = Files.writeString(folder.resolve("secret"), ProviderRig.SECRET + "\n");
    people = People.parse("people.yml", provider.file(secret.toString()));
    clients = new Clients(() -> now);
    pool = new ClientPool(clients);
    var meters = new SimpleMeterRegistry();
    access =
        new AccessControl(
            new AccessControl.Rules(
                AccountMode.OIDC, AccessControl.ReadAccess.TOKEN, Tokens.none(), people),
            issuer -> "",
            new KeptSessions(),
            () -> now,
            new Random(1),
            meters);
    logIn =
        new ProviderLogIn(
            access,
            () -> people.oidc(),
            URI.create("https://pharos.example.org"),
            pool,
            () -> now,
            new Random(2),
            meters);
  }

  @AfterEach
  void stop() {
    provider.close();
    pool.close();
    clients.close();
  }

  private LogIn attempt() {
    var begun = (ProviderLogIn.Begin.Continues) logIn.begin();
    return arrive(begun.ticket(), provider.confirm(begun.address()));
  }

  private LogIn arrive(String ticket, URI back) {
    String query = back.getRawQuery();
    String code = query.substring("code=".length(), query.indexOf('&'));
    String state = query.substring(query.indexOf("state=") + "state=".length());
    return logIn.finish(ticket, state, code, CLIENT);
  }

  private void assertRefused(String reason) {
    assertThat(attempt())
        .isInstanceOfSatisfying(
            LogIn.Refused.class, refused -> assertThat(refused.reason()).contains(reason));
  }

  private void assertUnavailable(String reason) {
    assertThat(logIn.begin())
        .isInstanceOfSatisfying(
            ProviderLogIn.Begin.Unavailable.class,
            unavailable -> assertThat(unavailable.reason()).contains(reason));
  }

  private Client session(LogIn outcome) {
    return new Client(
        null, ((LogIn.Begun) outcome).session(), "192.0.2.1", "it comes from another host", "");
  }

  @Test
  void personWithAClaim_getsItsRole_untilTheRulesChange() {
    var begun = (ProviderLogIn.Begin.Continues) logIn.begin();
    assertThat(begun.address().toString())
        .startsWith(provider.url() + "/authorize?response_type=code&client_id=pharos")
        .contains("redirect_uri=https%3A%2F%2Fpharos.example.org%2Flogin%2Foidc%2Freturn")
        .contains("scope=openid+profile", "code_challenge_method=S256", "&nonce=", "&state=");
    String verifier = begun.ticket().substring(begun.ticket().lastIndexOf('.') + 1);
    assertThat(begun.address().toString()).doesNotContain(verifier);
    Client ada = session(arrive(begun.ticket(), provider.confirm(begun.address())));
    assertThat(access.holder(ada)).contains(new Holder.OfPerson("<b>ada</b>", Role.ADMIN));
    provider.groups = List.of("staff");
    Client viewer = session(attempt());
    assertThat(access.authorize(viewer, Scope.READ)).isInstanceOf(Access.Granted.class);
    assertThat(access.authorize(viewer, Scope.RELOAD)).isInstanceOf(Access.Forbidden.class);
    String text = provider.file("secret");
    access.replace(Tokens.none(), People.parse("p", text.replace("role: admin", "role: viewer")));
    assertThat(access.authorize(ada, Scope.RELOAD)).isInstanceOf(Access.Forbidden.class);
    access.replace(Tokens.none(), People.parse("p", text.replace("staff, ", "")));
    assertThat(access.authorize(viewer, Scope.READ)).isInstanceOf(Access.Missing.class);
    String other = text.replace(provider.url(), "https://other.example.org");
    access.replace(Tokens.none(), People.parse("p", other));
    assertThat(access.authorize(ada, Scope.READ)).isInstanceOf(Access.Missing.class);
  }

  @Test
  void personWithoutAClaim_hasNoRole() {
    provider.groups = List.of("strangers");
    assertRefused("<b>ada</b> has no role in this Pharos");
  }

  @Test
  void claimsThatLie_logNobodyIn() {
    Map<String, Consumer<JwtClaims>> lies =
        Map.of(
            "nonce", claims -> claims.setClaim("nonce", "another"),
            "(nonce)", claims -> claims.unsetClaim("nonce"),
            "iss", claims -> claims.setIssuer("https://evil.example"),
            "for the audience", claims -> claims.setAudience("another program"),
            "azp", claims -> claims.setAudience("pharos", "another program"),
            "(azp)", claims -> claims.setClaim("azp", "another program"),
            "expired at",
                claims ->
                    claims.setExpirationTime(NumericDate.fromSeconds(now.getEpochSecond() - 60)),
            "in the future",
                claims -> claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond() + 90)),
            "sub", claims -> claims.unsetClaim("sub"));
    lies.forEach(
        (reason, lie) -> {
          now = now.plusSeconds(60); // wrong codes are limited per minute
          provider.now = now;
          provider.lie = lie;
          assertRefused(reason);
        });
  }

  @Test
  void tokenOfAnotherKeyOrNone_logsNobodyIn() throws Exception {
    provider.token = token -> token.substring(0, token.lastIndexOf('.') + 1);
    assertRefused("did not confirm");
    provider.token =
        token -> {
          String payload = token.split("\\.")[1];
          String header =
              Base64.getUrlEncoder()
                  .withoutPadding()
                  .encodeToString(
                      "{\"alg\":\"none\",\"kid\":\"k1\"}".getBytes(StandardCharsets.UTF_8));
          return header + "." + payload + ".";
        };
    assertRefused("signed by \"none\", expected RS256");
    var other = IssuerRig.rsa("k1");
    var claims = new JwtClaims();
    claims.setIssuer(provider.url());
    String forged = IssuerRig.sign(claims, other, "RS256");
    provider.token = _ -> forged;
    assertRefused("not signed by a key of the identity provider");
    provider.token = _ -> "no token";
    assertRefused("no signed ID token");
  }

  @Test
  void returnWithoutTheBeginning_orTwice_logsNobodyIn() {
    var begun = (ProviderLogIn.Begin.Continues) logIn.begin();
    URI back = provider.confirm(begun.address());
    assertThat(arrive("", back)).isInstanceOf(LogIn.Refused.class);
    var other = (ProviderLogIn.Begin.Continues) logIn.begin();
    assertThat(arrive(other.ticket(), back)).isInstanceOf(LogIn.Refused.class);
    assertThat(logIn.finish(begun.ticket(), "", "code1", CLIENT)).isInstanceOf(LogIn.Refused.class);
    assertThat(arrive(begun.ticket(), back)).isInstanceOf(LogIn.Begun.class);
    assertThat(arrive(begun.ticket(), back))
        .isInstanceOfSatisfying(
            LogIn.Refused.class, no -> assertThat(no.reason()).contains("invalid_grant"));
  }

  @Test
  void guessedCodes_areLimited() {
    var begun = (ProviderLogIn.Begin.Continues) logIn.begin();
    String state = begun.ticket().substring(0, begun.ticket().indexOf('.'));
    for (int i = 0; i < AccessControl.MAX_WRONG_LOG_INS; i++) {
      assertThat(logIn.finish(begun.ticket(), state, "guess" + i, CLIENT))
          .isInstanceOf(LogIn.Refused.class);
    }
    assertThat(logIn.finish(begun.ticket(), state, "guess", CLIENT))
        .isInstanceOf(LogIn.TooManyAttempts.class);
  }

  @Test
  void providerThatIsAway_isNamed_andAskedAgainLater() {
    provider.status = 500;
    assertUnavailable("answered with status 500");
    provider.status = 200;
    assertUnavailable("answered with status 500");
    now = now.plus(OidcProvider.PAUSE);
    assertThat(logIn.begin()).isInstanceOf(ProviderLogIn.Begin.Continues.class);
    provider.close();
    now = now.plus(OidcProvider.FRESH);
    assertThat(logIn.begin())
        .as("it was there lately")
        .isInstanceOf(ProviderLogIn.Begin.Continues.class);
    now = now.plus(OidcProvider.MAX_AGE);
    assertUnavailable("does not answer");
  }

  @Test
  void slowProvider_isNotAwaitedForLong_andLogsNobodyIn() {
    var begun = (ProviderLogIn.Begin.Continues) logIn.begin();
    URI back = provider.confirm(begun.address());
    provider.delayMillis = OidcProvider.TIMEOUT.toMillis() + 2_000;
    long start = System.nanoTime();
    assertThat(arrive(begun.ticket(), back))
        .isInstanceOfSatisfying(
            LogIn.Full.class,
            full -> assertThat(full.reason()).contains("The identity provider can't be asked now"));
    assertThat(System.nanoTime() - start).isLessThan(2 * OidcProvider.TIMEOUT.toNanos());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "issuer": "http          | "issuer": "https | describes the issuer
          /authorize"              | evil"            | expected an https URL
          http://127.0.0.1         | http://192.0.2.1 | describes the issuer
          {                        | [{               | not a JSON object
          """)
  void descriptionThatLies_isRefused(String from, String to, String reason) {
    provider.description = text -> text.replace(from, to);
    if (reason.startsWith("expected")) {
      provider.description =
          text -> text.replace(provider.url() + "/authorize", "http://evil.example/authorize");
    }
    assertUnavailable(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          issuer: http://127.0.0.1:1 | issuer: http://login.example.org | expected an https URL
          client_id: pharos          | client: pharos                   | did you mean "client_id"
          role: admin                | role: boss                       | viewer, responder or admin
          {groups: pharos-admins}    | {}                               | would match everybody
          {groups: pharos-admins}    | {groups: 'a*'}                   | without a *
          client_secret_file:        | client_secret:                   | unknown key
          """)
  void section_isReadStrictly(String from, String to, String reason) {
    String text = provider.file("secret").replace(provider.url(), "http://127.0.0.1:1");
    assertThat(text).contains(from);
    assertThatThrownBy(() -> People.parse("people.yml", text.replace(from, to)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(reason);
  }
}
