package io.pharos.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeriesValuesTest {
  private final SeriesValues written = new SeriesValues();
  private final SeriesValues read = new SeriesValues();

  SeriesValuesTest() {
    written.add();
    read.add();
  }

  /// Each encoding of a difference, at its minimum and maximum.
  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "95, 1",
    "-96, 1",
    "96, 2",
    "4191, 2",
    "-4192, 2",
    "4192, 3",
    "528479, 3",
    "-528480, 3",
    "528480, 5",
    "2147483647, 5",
    "-2147483648, 5",
    "2147483648, 8",
    "9007199254740992, 8",
    "-9007199254740992, 8",
  })
  void difference_takesSoManyBytes(double value, int bytes) {
    assertThat(bytesOf(value)).isEqualTo(bytes);
  }

  @Test
  void values_ofOneExponent_areDifferencesOfTheirMantissas() {
    assertThat(bytesOf(0.25)).as("the exponent is found").isEqualTo(4);
    assertThat(bytesOf(0.26)).isEqualTo(1);
    assertThat(bytesOf(0.3)).isEqualTo(1);
    assertThat(bytesOf(1)).isEqualTo(1);
    assertThat(bytesOf(-0.21)).isEqualTo(2);
  }

  @Test
  void values_thatAreNoDecimals_areTheBytesThatChange() {
    assertThat(bytesOf(1.0 / 3)).isEqualTo(10);
    assertThat(bytesOf(Math.nextUp(1.0 / 3))).as("no first byte is lost on it").isEqualTo(2);
    assertThat(bytesOf(Double.NaN)).isEqualTo(9);
    assertThat(bytesOf(5)).isEqualTo(3);
    assertThat(bytesOf(6)).as("a decimal again").isEqualTo(1);
    assertThat(bytesOf(-0.0)).isEqualTo(4);
  }

  @Test
  void mantissas_atBothEnds_haveADifferenceOfTheirOwn() {
    double most = 0x1p53;
    assertThat(bytesOf(most)).isEqualTo(8);
    assertThat(bytesOf(-most)).isEqualTo(8);
    assertThat(bytesOf(most)).isEqualTo(8);
  }

  /* Length in bytes of the next value's encoding, which is also read back. */
  private int bytesOf(double value) {
    var sink = new ByteSink(16);
    written.write(sink, 0, value);
    var source = new ByteSource(MemorySegment.ofArray(sink.toByteArray()));
    double back = read.read(source, 0, source.u8());
    assertThat(Double.doubleToRawLongBits(back)).isEqualTo(Double.doubleToRawLongBits(value));
    assertThat(source.remaining()).isZero();
    return sink.size();
  }
}
