package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Tokens signed by a CI provider, with a local provider that has real keys.
class SignedTokensTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final PublicJsonWebKey RSA = key(() -> IssuerRig.rsa("rsa-1"));
  private static final PublicJsonWebKey EC = key(() -> IssuerRig.ec("ec-1"));
  private static final PublicJsonWebKey STRANGER = key(() -> IssuerRig.rsa("rsa-1"));

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private IssuerRig provider;
  private Clients clients;
  private ClientPool pool;
  private AccessControl control;
  private Instant now = START;

  private interface Generator {
    PublicJsonWebKey generate() throws JoseException;
  }

  private static PublicJsonWebKey key(Generator generator) {
    try {
      return generator.generate();
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws IOException {
    provider = new IssuerRig();
    provider.publish(RSA, EC);
    clients = new Clients(() -> now);
    pool = new ClientPool(clients);
    control =
        new AccessControl(
            new AccessControl.Rules(
                AccountMode.NONE,
                AccessControl.ReadAccess.TOKEN,
                Tokens.parse("tokens.yml", provider.file()),
                People.NONE),
            pool,
            new KeptSessions(),
            () -> now,
            new Random(1),
            meters);
  }

  @AfterEach
  void stop() {
    provider.close();
    pool.close();
    clients.close();
  }

  private Access ask(String token, Scope scope) {
    return control.authorize(
        new Client("Bearer " + token, null, "192.0.2.1", "it comes from another host", ""), scope);
  }

  private Access ask(String token) {
    return ask(token, Scope.GATE_CREATE);
  }

  private String good() throws JoseException {
    return IssuerRig.sign(provider.claims(now), RSA, "RS256");
  }

  private void assertInvalid(String token, String why) {
    assertThat(ask(token))
        .isInstanceOfSatisfying(Access.Invalid.class, no -> assertThat(no.reason()).contains(why));
  }

  private void assertUnknown(String token, String why) {
    assertThat(ask(token))
        .isInstanceOfSatisfying(Access.Unknown.class, no -> assertThat(no.reason()).contains(why));
  }

  @Test
  void token_ofTheRightJob_isGrantedWhatItsRuleSays() throws Exception {
    var granted =
        new Access.Granted("github/shop-production", Set.of("backend"), Set.of("production"));
    assertThat(ask(good())).isEqualTo(granted);
    assertThat(ask(IssuerRig.sign(provider.claims(now), EC, "ES256"))).isEqualTo(granted);
    assertThat(provider.asked).hasValue(1); // the keys are kept
    assertThat(
            meters
                .get("pharos.access")
                .tags("scope", "gate:create", "outcome", "granted")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "repository, acme/shop-fork",
    "repository, ACME/shop",
    "environment, staging",
    "ref, refs/heads/feature",
    "ref, refs/heads/main2",
  })
  void token_ofAnotherJob_isForbiddenAndToldOnlyWhatItSays(String claim, String value)
      throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.setClaim(claim, value);
    assertThat(ask(IssuerRig.sign(claims, RSA, "RS256")))
        .isInstanceOfSatisfying(
            Access.Forbidden.class,
            no ->
                assertThat(no.reason())
                    .startsWith("no rule for github matches this token with the claims {")
                    .contains(claim + "=" + value)
                    .doesNotContain("refs/heads/release"));
  }

  @Test
  void token_withoutAClaim_isForbidden() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.unsetClaim("environment");
    assertThat(ask(IssuerRig.sign(claims, RSA, "RS256"))).isInstanceOf(Access.Forbidden.class);
  }

  @Test
  void token_ofALaterRule_hasThatOnesScopes() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.setClaim("environment", "staging");
    claims.setClaim("ref_protected", true); // GitLab's are texts, others' may not be
    String token = IssuerRig.sign(claims, RSA, "RS256");
    assertThat(ask(token, Scope.GATE_READ))
        .isEqualTo(
            new Access.Granted(
                "github/shop-look", Set.of("backend"), Set.of("production", "staging")));
    assertThat(ask(token))
        .isEqualTo(new Access.Forbidden("the rule github/shop-look lacks the scope gate:create"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Scope.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"DEPLOYMENT_WRITE", "GATE_CREATE", "GATE_READ", "ROLLOUT_WRITE"})
  void token_forWhatNoPipelineMay_isForbiddenWithoutALook(Scope scope) throws Exception {
    assertThat(ask(good(), scope)).isInstanceOf(Access.Forbidden.class);
    assertThat(provider.asked).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({"0, true", "329, true", "331, false"})
  void token_expires_withTheLeeway(int seconds, boolean valid) throws Exception {
    String token = good();
    now = START.plusSeconds(seconds);
    if (valid) {
      assertThat(ask(token)).isInstanceOf(Access.Granted.class);
    } else {
      assertInvalid(
          token,
          "the token expired at 2026-03-01T12:05:00Z; it is 2026-03-01T12:05:31Z here, and"
              + " clocks may differ by 30s");
    }
  }

  @ParameterizedTest
  @CsvSource({"29, true", "31, false"})
  void token_ofAClockThatIsAhead_isTakenWithinTheLeeway(int ahead, boolean valid) throws Exception {
    String token = IssuerRig.sign(provider.claims(START.plusSeconds(ahead)), RSA, "RS256");
    if (valid) {
      assertThat(ask(token)).isInstanceOf(Access.Granted.class);
    } else {
      assertInvalid(token, "the token is valid from 2026-03-01T12:00:31Z on; it is 2026");
    }
  }

  @Test
  void token_issuedInTheFuture_saysWhichClockSaysWhat() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.unsetClaim("nbf");
    claims.setIssuedAt(NumericDate.fromSeconds(START.getEpochSecond() + 60));
    assertInvalid(
        IssuerRig.sign(claims, RSA, "RS256"),
        "the token was issued in the future, at 2026-03-01T12:01:00Z; it is 2026-03-01T12:00:00Z");
  }

  @Test
  void token_withoutTimes_isInvalid() throws Exception {
    for (String claim : Set.of("exp", "iat", "sub")) {
      JwtClaims claims = provider.claims(now);
      claims.unsetClaim(claim);
      assertInvalid(IssuerRig.sign(claims, RSA, "RS256"), "can't be verified");
    }
  }

  @Test
  void token_issuedLongAgoForLong_isInvalid() throws Exception {
    JwtClaims claims = provider.claims(START.minus(Duration.ofHours(25)));
    claims.setExpirationTime(NumericDate.fromSeconds(START.getEpochSecond() + 300));
    assertInvalid(IssuerRig.sign(claims, RSA, "RS256"), "issued over a day ago");
  }

  @Test
  void token_forAnotherAudience_isInvalid() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.setAudience("https://github.com/acme");
    assertInvalid(IssuerRig.sign(claims, RSA, "RS256"), "expected \"https://pharos.example.org\"");
    claims.unsetClaim("aud");
    assertInvalid(IssuerRig.sign(claims, RSA, "RS256"), "expected \"https://pharos.example.org\"");
  }

  @Test
  void token_ofAnotherIssuer_isInvalidAndNobodyIsAsked() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.setIssuer("https://token.example.net");
    assertInvalid(
        IssuerRig.sign(claims, RSA, "RS256"),
        "the issuer of the token, \"https://token.example.net\", is not configured");
    assertThat(provider.asked).hasValue(0);
  }

  @Test
  void token_thatSomebodyElseSigned_isInvalid() throws Exception {
    assertInvalid(
        IssuerRig.sign(provider.claims(now), STRANGER, "RS256"),
        "the token was not signed by a key of github");
  }

  @Test
  void token_whosePayloadWasChanged_isInvalid() throws Exception {
    String[] parts = good().split("\\.");
    JwtClaims claims = provider.claims(now);
    claims.setClaim("ref", "refs/heads/release");
    assertInvalid(
        parts[0] + "." + base64(claims.toJson()) + "." + parts[2],
        "the token was not signed by a key of github");
  }

  @Test
  void token_withoutSignature_isInvalidAndNobodyIsAsked() {
    String payload = base64(provider.claims(now).toJson());
    for (String algorithm : Set.of("none", "None", "NONE", "")) {
      assertInvalid(
          base64("{\"alg\":\"" + algorithm + "\",\"kid\":\"rsa-1\"}") + "." + payload + ".",
          "expected ES256 or RS256");
    }
    assertThat(provider.asked).hasValue(0);
  }

  @Test
  void token_signedWithThePublicKeyAsSecret_isInvalid() throws Exception {
    String head =
        base64("{\"alg\":\"HS256\",\"kid\":\"rsa-1\"}")
            + "."
            + base64(provider.claims(now).toJson());
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(RSA.getPublicKey().getEncoded(), "HmacSHA256"));
    byte[] signature = mac.doFinal(head.getBytes(StandardCharsets.US_ASCII));
    assertInvalid(
        head + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature),
        "the token is signed by \"HS256\", expected ES256 or RS256");
  }

  @Test
  void keySet_withASymmetricKey_isNotBelievedForIt() throws Exception {
    provider.body =
        "{\"keys\": [{\"kty\": \"oct\", \"kid\": \"rsa-1\", \"k\": \"c2VjcmV0\"}, "
            + EC.toJson()
            + "]}";
    assertInvalid(good(), "github has no key \"rsa-1\" for RS256");
  }

  @Test
  void key_ofAnotherUseOrAlgorithm_isNone() throws Exception {
    PublicJsonWebKey encrypting = IssuerRig.rsa("enc");
    encrypting.setUse("enc");
    PublicJsonWebKey other = IssuerRig.rsa("rs512");
    other.setAlgorithm("RS512");
    provider.publish(RSA, encrypting, other);
    assertInvalid(
        IssuerRig.sign(provider.claims(now), encrypting, "RS256"), "no key \"enc\" for RS256");
    now = now.plus(SigningKeys.PAUSE);
    assertInvalid(
        IssuerRig.sign(provider.claims(now), other, "RS256"), "no key \"rs512\" for RS256");
  }

  @Test
  void token_whoseKeyIsNew_isTakenOnceTheProviderPublishesIt() throws Exception {
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    PublicJsonWebKey rotated = IssuerRig.rsa("rsa-2");
    now = START.plusSeconds(20);
    String token = IssuerRig.sign(provider.claims(now), rotated, "RS256");
    assertInvalid(token, "github has no key \"rsa-2\" for RS256");
    provider.publish(rotated);
    assertUnknown(token, "can't be fetched now (the last fetch was less than 10s ago)");
    now = START.plusSeconds(30);
    assertThat(ask(token)).isInstanceOf(Access.Granted.class);
    assertInvalidAfterWithdrawal(START.plusSeconds(40));
  }

  private void assertInvalidAfterWithdrawal(Instant at) throws Exception {
    now = at;
    assertInvalid(good(), "github has no key \"rsa-1\" for RS256");
  }

  @Test
  void provider_whoseKeysAreInvented_isAskedOnceInTenSeconds() throws Exception {
    PublicJsonWebKey invented = IssuerRig.rsa("invented");
    for (int i = 0; i < 100; i++) {
      invented.setKeyId("invented-" + i);
      ask(IssuerRig.sign(provider.claims(now), invented, "RS256"));
      now = now.plusMillis(200);
    }
    assertThat(provider.asked).hasValue(2);
  }

  @Test
  void withdrawnKey_endsWithTheFreshnessOfTheSet() throws Exception {
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    provider.publish(EC);
    now = START.plus(SigningKeys.FRESH).plusSeconds(1);
    assertInvalid(good(), "github has no key \"rsa-1\"");
  }

  @Test
  void provider_away_isUnknownAndNeverANoNorAYes() throws Exception {
    provider.status = 503;
    assertUnknown(good(), "the keys of github can't be fetched now (status 503)");
    provider.status = 200;
    assertUnknown(good(), "can't be fetched now");
    now = now.plus(SigningKeys.PAUSE);
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    assertThat(
            meters
                .get("pharos.issuer.key.fetches")
                .tags("issuer", "github", "outcome", "failed")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(
            meters
                .get("pharos.access")
                .tags("scope", "gate:create", "outcome", "unknown")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void provider_thatGoesAway_isBelievedForAnHour() throws Exception {
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    provider.close();
    now = START.plus(SigningKeys.MAX_AGE);
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    now = now.plus(SigningKeys.PAUSE);
    assertUnknown(good(), "the keys of github can't be fetched now");
  }

  @ParameterizedTest
  @CsvSource({"'<html>a captive portal</html>'", "'{\"keys\": []}'", "'{\"keys\": 7}'", "'{}'"})
  void provider_thatAnswersNonsense_isUnknown(String body) throws Exception {
    provider.body = body;
    assertUnknown(good(), "the keys of github can't be fetched now");
  }

  @Test
  void provider_thatAnswersWithoutEnd_isUnknown() throws Exception {
    provider.body = "{\"keys\": [" + " ".repeat(300_000) + "]}";
    assertUnknown(good(), "more than 262144 bytes");
  }

  @Test
  void token_thatIsHuge_isInvalidAndNobodyIsAsked() throws Exception {
    JwtClaims claims = provider.claims(now);
    claims.setClaim("padding", "x".repeat(20_000));
    assertInvalid(IssuerRig.sign(claims, RSA, "RS256"), "characters, expected at most 16384");
    assertThat(provider.asked).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({
    "eyJ.., the header of the token is not a JSON object",
    "eyJhbGciOiJSUzI1NiJ9.!.x, the payload of the token is not a JSON object",
    "eyJhbGciOiJSUzI1NiJ9.W10.x, the payload of the token is not a JSON object",
    "eyJhbGciOiJSUzI1NiJ9.e30.x, 'the issuer of the token, \"\", is not configured'",
    "eyJhbGciOiJSUzI1NiJ9.e30, the token is unknown",
    "a.b.c, the token is unknown",
  })
  void token_thatIsNone_isInvalid(String token, String why) {
    assertInvalid(token, why);
  }

  @Test
  void token_withoutAKeysName_isInvalid() throws Exception {
    PublicJsonWebKey nameless = IssuerRig.rsa("x");
    nameless.setKeyId(null);
    assertInvalid(
        IssuerRig.sign(provider.claims(now), nameless, "RS256"), "does not name its key (kid)");
  }

  @Test
  void opaqueToken_isTakenBesideSignedOnes() throws Exception {
    control.replace(
        Tokens.parse(
            "tokens.yml",
            provider
                .file()
                .replace(
                    "tokens: []",
                    "tokens: [{name: ada, sha256: "
                        + TokensTest.sha256("s3cret")
                        + ", scopes: [gate:override, gate:read]}]")),
        People.NONE);
    assertThat(ask("s3cret", Scope.GATE_OVERRIDE)).isInstanceOf(Access.Granted.class);
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
  }

  @Test
  void reload_withoutTheIssuer_endsItsTokensAtOnce() throws Exception {
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    control.replace(Tokens.parse("tokens.yml", provider.file()), People.NONE);
    assertThat(ask(good())).isInstanceOf(Access.Granted.class);
    assertThat(provider.asked).hasValue(1); // the same issuer keeps its keys
    control.replace(Tokens.parse("tokens.yml", "tokens: []"), People.NONE);
    assertInvalid(good(), "the token is unknown");
  }

  @Test
  void token_asThePasswordOfAnAddress_isTakenButNotFromAnotherSite() throws Exception {
    String basic =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(("flagger:" + good()).getBytes(StandardCharsets.UTF_8));
    assertThat(
            control.authorize(
                new Client(basic, null, "192.0.2.1", "elsewhere", ""), Scope.GATE_CREATE))
        .isInstanceOf(Access.Granted.class);
    assertThat(
            control.authorize(
                new Client(basic, null, "192.0.2.1", "elsewhere", "a page of https://evil"),
                Scope.GATE_CREATE))
        .isInstanceOf(Access.Invalid.class);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
