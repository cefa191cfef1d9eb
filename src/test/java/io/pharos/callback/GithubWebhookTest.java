package io.pharos.callback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.callback.GithubWebhook.Received;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// GitHub's deployment protection rules, from the webhook to the answer.
@Tag("slow")
class GithubWebhookTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "It's a Secret to Everybody";
  private static final String RULE = "deployment_protection_rule";
  private static final String ANSWERS =
      "/repos/acme/backend/actions/runs/42/deployment_protection_rule";

  @TempDir Path folder;
  private RecordingReceiver forge;
  private CallbackRig rig;

  @BeforeEach
  void begin() throws IOException {
    forge = new RecordingReceiver();
    Files.writeString(folder.resolve("token"), "forge-token");
    Files.writeString(folder.resolve("hook"), SECRET + "\n");
    rig = new CallbackRig(folder.resolve("data"), List.of());
    rig.targets(targets("token_file: token"));
  }

  @AfterEach
  void end() {
    rig.close();
    forge.close();
  }

  private CallbackTarget[] targets(String who) {
    String text =
        """
        github:
          - name: gh
            api_url: FORGE
            repository: acme/backend
            WHO
            commit_status: false
            protection:
              webhook_secret_file: hook
              environments: [{environment: Production, service: backend, env: production}]
        """;
    return CallbackFile.parse(
            "callbacks.yml", text.replace("FORGE", forge.url("")).replace("WHO", who), folder)
        .toArray(CallbackTarget[]::new);
  }

  private String payload(String repository, String environment, String callback) {
    return """
        {"action":"requested","environment":"%s","event":"push",
         "deployment_callback_url":"%s",
         "deployment":{"id":1,"sha":"%s","ref":"main","payload":{}},
         "repository":{"full_name":"%s"},"installation":{"id":7},"sender":{"login":"ann"}}
        """
        .formatted(environment, callback, CallbackRig.SHA, repository);
  }

  private Received receive(String delivery, String body) {
    return receive(RULE, delivery, sign(SECRET, body), body);
  }

  private Received receive(String event, String delivery, String signature, String body) {
    return rig.webhook.receive(event, delivery, signature, body.getBytes(StandardCharsets.UTF_8));
  }

  private static String sign(String secret, String body) {
    return "sha256="
        + HexFormat.of()
            .formatHex(RobotProtocol.hmac(secret, body.getBytes(StandardCharsets.UTF_8)));
  }

  private void ask(String delivery) {
    assertThat(receive(delivery, payload("acme/backend", "Production", forge.url(ANSWERS))))
        .isInstanceOf(Received.Accepted.class);
  }

  private List<JsonNode> answers() {
    return forge.received().stream().map(it -> json(it.body())).toList();
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new AssertionError(body, e);
    }
  }

  /* GitHub's example, those of RFC 4231 (cases 1, 2 and 3) with text keys, and an empty body. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          It's a Secret to Everybody | Hello, World! | 757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17
          Jefe | what do ya want for nothing? | 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843
          key | The quick brown fox jumps over the lazy dog | f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8
          """)
  void signature_ofKnownTexts_isWhatTheyHave(String secret, String body, String hex) {
    assertThat(sign(secret, body)).isEqualTo("sha256=" + hex);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256=",
        "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
      })
  void webhook_withoutTheRightSignature_isNotRead(String signature) {
    assertThat(receive("ping", "d1", signature, "Hello, World!"))
        .isInstanceOf(Received.Unsigned.class);
    assertThat(receive(RULE, "d1", signature, payload("acme/backend", "Production", "x")))
        .isInstanceOf(Received.Unsigned.class);
  }

  @Test
  void webhook_signedByAnEmptySecret_isNotRead() throws IOException {
    Files.writeString(folder.resolve("hook"), "\n");
    assertThat(rig.webhook.receive(RULE, "d", "sha256=" + "0".repeat(64), new byte[0]))
        .isInstanceOf(Received.Unsigned.class);
    Files.delete(folder.resolve("hook"));
    assertThat(receive("d", "{}")).isInstanceOf(Received.Unsigned.class);
  }

  @Test
  void webhook_ofAnotherEvent_isIgnored() {
    assertThat(receive("ping", "d", sign(SECRET, "{}"), "{}")).isInstanceOf(Received.Ignored.class);
    assertThat(receive(RULE, "d", sign(SECRET, "{\"action\":\"x\"}"), "{\"action\":\"x\"}"))
        .isInstanceOf(Received.Ignored.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/repos/acme/backend/actions/runs/42/deployment_protection_rule",
        "https://api.github.com/repos/acme/backend/actions/runs/42/deployment_protection_rule",
        "FORGE@evil.example.org/repos/acme/backend/actions/runs/42/deployment_protection_rule",
        "FORGE/repos/acme/other/actions/runs/42/deployment_protection_rule",
        "FORGE/repos/acme/backend/actions/runs/../42/deployment_protection_rule",
        "FORGE/repos/acme/backend/actions/runs/42/deployment_protection_rule?x=1",
        "FORGE/repos/acme/backend/actions/runs//deployment_protection_rule",
        ""
      })
  void webhook_whoseAnswersWouldGoElsewhere_isRefused(String address) {
    String body = payload("acme/backend", "Production", address.replace("FORGE", forge.url("")));
    assertThat(receive("d", body)).isInstanceOf(Received.Refused.class);
    rig.tick();
    assertThat(forge.received()).isEmpty();
  }

  @Test
  void webhook_ofWhatIsNotConfigured_isRefused() {
    assertThat(receive("d", payload("acme/other", "Production", forge.url(ANSWERS))))
        .isEqualTo(new Received.Refused("the repository \"acme/other\" is not configured"));
    assertThat(receive("d", payload("acme/backend", "dev", forge.url(ANSWERS))))
        .isEqualTo(new Received.Refused("the environment \"dev\" is not configured"));
  }

  @Test
  void rule_withAGateThatPasses_isApprovedOnce() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    ask("d1");
    ask("d1"); // GitHub sends it again
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    assertThat(answers()).singleElement().satisfies(it -> assertThat(it.has("state")).isFalse());
    rig.move(gate, GateState.PASS, ReasonCode.OK, "All of 4 checks pass.");
    rig.after(Duration.ofSeconds(2));
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    assertThat(answers()).hasSize(2);
    assertThat(forge.last().path()).isEqualTo(ANSWERS);
    JsonNode answer = answers().getLast();
    assertThat(answer.path("state").asText()).isEqualTo("approved");
    assertThat(answer.path("environment_name").asText()).isEqualTo("Production");
    assertThat(answer.path("comment").asText())
        .startsWith("**Pharos: approved** PASS OK: All of 4 checks pass.")
        .contains("[Evidence](https://pharos.example.org/deployments?key=k)");
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
  }

  @Test
  void rule_withoutAGate_opensOne() {
    rig.deploy("k", CallbackRig.SHA.substring(0, 8)); // as many digits as the pipeline said
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    List<GateRun> gates = rig.store.gates().ofDeployment("k");
    assertThat(gates)
        .singleElement()
        .satisfies(it -> assertThat(it.openedBy()).isEqualTo("GitHub by gh"));
    rig.move(gates.getFirst(), GateState.FAIL, ReasonCode.ERROR_BOUND, "12 of 40 requests failed.");
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().getLast().path("state").asText()).isEqualTo("rejected");
    assertThat(answers().getLast().path("comment").asText()).contains("12 of 40 requests failed");
  }

  @Test
  void rule_whoseFailedGateAPersonOverrides_isApprovedWithWhoAndWhy() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun failed =
        rig.move(rig.gate("k"), GateState.FAIL, ReasonCode.ERROR_BOUND, "12 of 40 failed.");
    rig.override(failed, GateState.PASS, "The errors are a test's.");
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    assertThat(answers()).hasSize(1);
    assertThat(answers().getFirst().path("state").asText()).isEqualTo("approved");
    assertThat(answers().getFirst().path("comment").asText()).contains("PASS by ann");
  }

  @Test
  void rule_inconclusive_isRejectedWithWords() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    ask("d1");
    rig.move(gate, GateState.INCONCLUSIVE, ReasonCode.TELEMETRY, "Nothing can be read.");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().getLast().path("state").asText()).isEqualTo("rejected");
    assertThat(answers().getLast().path("comment").asText())
        .contains("INCONCLUSIVE TELEMETRY: Nothing can be read.");
  }

  @Test
  void rule_whosePassBreaksWhileGithubIsAway_isNotApproved() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun passed = rig.move(rig.gate("k"), GateState.PASS, ReasonCode.OK, "Good.");
    ask("d1");
    forge.answer(502, "");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2)); // answered by 502
    GateRun again = rig.move(passed, GateState.RUNNING, ReasonCode.WAITING, "The version is gone.");
    rig.move(again, GateState.FAIL, ReasonCode.ERROR_BOUND, "It fails now.");
    for (int i = 0; i < 5; i++) {
      rig.after(Duration.ofSeconds(3));
    }
    assertThat(answers().stream().map(it -> it.path("state").asText()))
        .containsExactly("approved", "rejected");
    assertThat(rig.only().told()).isEqualTo("rejected");
  }

  @Test
  void rule_withoutADeployment_waitsAndIsRejectedThen() {
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().getFirst().path("comment").asText())
        .contains("Waiting for the deployment of commit 0123456789ab");
    rig.after(Duration.ofMinutes(11));
    assertThat(answers().getLast().path("state").asText()).isEqualTo("rejected");
    assertThat(answers().getLast().path("comment").asText()).contains("so no gate judged it");
  }

  @Test
  void rule_withoutAPolicyOrOfARollback_isRejected() {
    rig.policies = PolicySet.<GatePolicy>none();
    rig.deploy("k", CallbackRig.SHA);
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().getLast().path("comment").asText()).contains("no gate policy");
    rig.end("k", DeploymentStatus.ROLLED_BACK);
    ask("d2");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().getLast().path("comment").asText()).contains("ended as rolled_back");
  }

  @Test
  void rule_thatWaitsForHours_getsAtMostNineReportsOf1024Characters() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    ask("d1");
    GateRun now = gate;
    for (int i = 0; i < 400; i++) {
      now = rig.move(now, GateState.RUNNING, ReasonCode.WAITING, i + "x".repeat(2000));
      rig.after(Duration.ofMinutes(1));
    }
    assertThat(answers()).hasSize(9);
    assertThat(answers())
        .allSatisfy(it -> assertThat(it.path("comment").asText()).hasSizeLessThanOrEqualTo(1024));
    rig.move(now, GateState.PASS, ReasonCode.OK, "Good.");
    rig.after(Duration.ofSeconds(2));
    assertThat(answers()).hasSize(10);
  }

  @Test
  void rule_overARestart_isAnsweredOnce() {
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    ask("d1");
    rig.restart();
    rig.after(Duration.ofSeconds(2));
    rig.move(gate, GateState.PASS, ReasonCode.OK, "Good.");
    rig.restart();
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    rig.restart();
    rig.after(Duration.ofSeconds(2));
    assertThat(answers().stream().filter(it -> it.has("state"))).hasSize(1);
  }

  @Test
  void app_thatActs_getsATokenByItsKeyAndKeepsIt() throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    var pair = generator.generateKeyPair();
    Files.writeString(
        folder.resolve("app.pem"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    rig.targets(targets("app: {id: '123', installation: '7', private_key_file: app.pem}"));
    forge.answer(201, "{\"token\":\"ghs_granted\",\"expires_at\":\"2026-03-01T13:00:00Z\"}");
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    ask("d1");
    rig.after(Duration.ofSeconds(2));
    rig.after(Duration.ofSeconds(2));
    rig.move(gate, GateState.PASS, ReasonCode.OK, "Good.");
    rig.after(Duration.ofSeconds(2));
    assertThat(forge.received().stream().map(RecordingReceiver.Received::path))
        .containsExactly("/app/installations/7/access_tokens", ANSWERS, ANSWERS);
    assertThat(forge.last().header("Authorization")).isEqualTo("Bearer ghs_granted");
    String[] jwt =
        forge.received().getFirst().header("Authorization").replace("Bearer ", "").split("\\.");
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initVerify(pair.getPublic());
    signature.update((jwt[0] + "." + jwt[1]).getBytes(StandardCharsets.US_ASCII));
    assertThat(signature.verify(Base64.getUrlDecoder().decode(jwt[2]))).isTrue();
    JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(jwt[1]));
    assertThat(claims.path("iss").asText()).isEqualTo("123");
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(600);
  }
}
