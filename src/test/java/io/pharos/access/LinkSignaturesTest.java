package io.pharos.access;

import static io.pharos.access.LinkSignatures.Purpose.ACKNOWLEDGE;
import static io.pharos.access.LinkSignatures.Purpose.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.access.LinkSignatures.Check;
import io.pharos.access.LinkSignatures.Permit;
import io.pharos.config.yaml.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkSignaturesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Permit PERMIT =
      new Permit(List.of("alertname=\"Down\"", "job=\"a\""), NOW.plusSeconds(60), "d-1");
  private static final String EXPIRES = Long.toString(PERMIT.expires().getEpochSecond());

  private final LinkSignatures links = new LinkSignatures(LinkSigningKey.of("k".repeat(32)));
  private final String signature = links.sign(SILENCE, PERMIT);

  private Check check(List<String> matchers, String expires, String delivery, String signed) {
    return links.check(SILENCE, matchers, expires, delivery, signed, NOW);
  }

  @Test
  void linkAsItWasSigned_permitsItsMatchersUntilItExpires() {
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", signature))
        .isEqualTo(new Check.Valid(PERMIT));
    assertThat(links.check(SILENCE, PERMIT.matchers(), EXPIRES, "d-1", signature, PERMIT.expires()))
        .isEqualTo(new Check.Expired(PERMIT.expires()));
    assertThat(signature).matches("[A-Za-z0-9_-]{43}");
  }

  @Test
  void anythingChanged_permitsNothing() {
    var unsigned = new Check.Unsigned();
    assertThat(check(List.of("alertname=\"Down\""), EXPIRES, "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(List.of(), EXPIRES, "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers().reversed(), EXPIRES, "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(List.of("alertname=\"Down\"job=\"a\""), EXPIRES, "d-1", signature))
        .isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), EXPIRES + "0", "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), "soon", "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), "" + Long.MAX_VALUE, "d-1", signature)).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-2", signature)).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", "")).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", "§")).isEqualTo(unsigned);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", "A" + signature.substring(1)))
        .isEqualTo(unsigned);
    var other = new LinkSignatures(LinkSigningKey.of("x".repeat(32)));
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", other.sign(SILENCE, PERMIT)))
        .isEqualTo(unsigned);
  }

  @Test
  void exchange_signsByTheOtherKey_andBelievesBoth() {
    String before = links.sign(SILENCE, PERMIT);
    links.exchange(LinkSigningKey.of("x".repeat(32)));
    var other = new LinkSignatures(LinkSigningKey.of("x".repeat(32)));

    assertThat(links.sign(SILENCE, PERMIT))
        .isEqualTo(other.sign(SILENCE, PERMIT))
        .isNotEqualTo(before);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", before))
        .isInstanceOf(LinkSignatures.Check.Valid.class);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", links.sign(SILENCE, PERMIT)))
        .isInstanceOf(LinkSignatures.Check.Valid.class);
  }

  @Test
  void key_isMadeOnceForItsOwnerAlone(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("data").resolve("link-key");
    LinkSigningKey made = LinkSigningKey.readOrCreate(file, new Random(1));
    assertThat(made.bytes()).hasSizeGreaterThanOrEqualTo(32);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(LinkSigningKey.readOrCreate(file, new Random(2)).bytes()).isEqualTo(made.bytes());
    assertThat(made.toString()).doesNotContain(Files.readString(file).strip());
  }

  @Test
  void key_shortOrMissing_isRefused(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("key"), "too short");
    assertThatThrownBy(() -> LinkSigningKey.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected a key of 32 to 4096 bytes")
        .hasMessageNotContaining("too short");
    assertThatThrownBy(() -> LinkSigningKey.read(folder.resolve("none")))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void linkOfAnotherPurpose_isUnsigned() {
    String other = links.sign(ACKNOWLEDGE, PERMIT);
    assertThat(check(PERMIT.matchers(), EXPIRES, "d-1", other)).isEqualTo(new Check.Unsigned());
    assertThat(links.check(ACKNOWLEDGE, PERMIT.matchers(), EXPIRES, "d-1", other, NOW))
        .isEqualTo(new Check.Valid(PERMIT));
  }
}
