package io.pharos.promql.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteEngineTest {
  private final Clients clients = new Clients(InstantSource.system());
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer server;
  private RemoteEngine engine;
  private volatile int status = 200;
  private volatile String answer = "";
  private volatile String asked = "";
  private volatile @Nullable String authorization;
  private volatile boolean hang;
  private volatile boolean hangInBody;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          authorization = exchange.getRequestHeaders().getFirst("Authorization");
          asked =
              exchange.getRequestURI()
                  + "?"
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          if (hang) {
            await();
          }
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          if (hangInBody) {
            exchange.getResponseBody().write(body, 0, 1);
            exchange.getResponseBody().flush();
            await();
          }
          exchange
              .getResponseBody()
              .write(body, hangInBody ? 1 : 0, body.length - (hangInBody ? 1 : 0));
          exchange.close();
        });
    server.start();
    engine = engine(Duration.ofSeconds(5));
  }

  private void await() {
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RemoteEngine engine(Duration timeout) {
    return engine(HttpOptions.DEFAULT, timeout);
  }

  private RemoteEngine engine(HttpOptions http, Duration timeout) {
    return new RemoteEngine(
        clients.open(http),
        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
        timeout);
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
    clients.close();
  }

  private static String success(String type, String result) {
    return "{\"status\":\"success\",\"data\":{\"resultType\":\""
        + type
        + "\",\"result\":"
        + result
        + "},\"warnings\":[\"PromQL warning: careful\"]}";
  }

  @Test
  void instant_vector_isReadWithLabelsAndSpecialValues() {
    answer =
        success(
            "vector",
            "[{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"value\":[1.5,\"+Inf\"]},"
                + "{\"metric\":{\"job\":\"b\"},\"value\":[1.5,\"NaN\"]}]");
    var result = engine.instant("up{job=~\"a|b\"}", 1500);
    assertThat(asked)
        .isEqualTo(
            "/api/v1/query?deny_partial_response=1&partial_response=false"
                + "&query=up%7Bjob%3D%7E%22a%7Cb%22%7D&time=1.500");
    assertThat(result.warnings()).containsExactly("PromQL warning: careful");
    var vector = (InstantVector) result.value();
    assertThat(vector.timestampMillis()).isEqualTo(1500);
    assertThat(vector.labels(0)).isEqualTo(Labels.of("__name__", "up", "job", "a"));
    assertThat(vector.value(0)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(vector.value(1)).isNaN();
  }

  @Test
  void bounds_ofOneQuery_arePassedOn() {
    answer =
        """
        {"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}
        """;
    var bounds =
        new QueryBounds(Optional.of(Duration.ofSeconds(2)), Optional.of(Duration.ofMillis(1500)));
    engine.evaluate(Query.at("1", 1_000).within(bounds));
    assertThat(asked).contains("timeout=2", "lookback_delta=1.5");
    engine.instant("1", 1_000);
    assertThat(asked).doesNotContain("timeout", "lookback_delta");
  }

  @Test
  void instant_scalarAndString_areRead() {
    answer = success("scalar", "[2,\"0.25\"]");
    assertThat(engine.instant("1/4", 2000).value()).isEqualTo(new Scalar(2000, 0.25));
    answer = success("string", "[2,\"text\"]");
    assertThat(engine.instant("\"text\"", 2000).value()).isEqualTo(new StringValue(2000, "text"));
  }

  @Test
  void range_matrix_isReadAsColumns() {
    answer =
        success("matrix", "[{\"metric\":{\"a\":\"b\"},\"values\":[[1,\"1\"],[2.5,\"-Inf\"]]}]");
    var matrix = (RangeMatrix) engine.range("x", 1000, 2500, Duration.ofMillis(1500)).value();
    assertThat(asked)
        .isEqualTo(
            "/api/v1/query_range?deny_partial_response=1&end=2.500&partial_response=false"
                + "&query=x&start=1.000&step=1.500");
    assertThat(matrix.series().getFirst().timestamps()).containsExactly(1000, 2500);
    assertThat(matrix.series().getFirst().values()).containsExactly(1, Double.NEGATIVE_INFINITY);
  }

  @Test
  void instant_histogram_isReadWithItsSchema() {
    answer =
        success(
            "vector",
            """
            [{"metric":{"__name__":"h"},"histogram":[1.5,{"count":"10","sum":"25","buckets":[
            [1,"-1.414213562373095","-1","2"],[1,"-1","-0.75","1"],[3,"-0.75","0.75","2"],
            [0,"1","1.4142135623730951","4"],[0,"2","2.8284271247461903","1"]]}]}]
            """);

    var vector = (InstantVector) engine.instant("h", 1500).value();

    assertThat(vector.timestampMillis()).isEqualTo(1500);
    assertThat(vector.histogram(0))
        .isEqualTo(
            new Histogram(
                ResetHint.UNKNOWN,
                1,
                0.75,
                2,
                10,
                25,
                new Buckets(
                    List.of(new BucketSpan(1, 1), new BucketSpan(1, 1)), new double[] {4, 1}),
                new Buckets(List.of(new BucketSpan(0, 2)), new double[] {1, 2}),
                new double[0]));
  }

  @Test
  void instant_histogramOfInfiniteObservations_isReadWithItsSchema() {
    answer =
        success(
            "vector",
            """
            [{"metric":{},"histogram":[1,{"count":"5","sum":"+Inf","buckets":[
            [0,"1","2","2"],[0,"1.7976931348623157e+308","+Inf","3"]]}]}]
            """);

    var vector = (InstantVector) engine.instant("h", 1000).value();

    assertThat(vector.histogram(0))
        .isEqualTo(
            new Histogram(
                ResetHint.UNKNOWN,
                0,
                0,
                0,
                5,
                Double.POSITIVE_INFINITY,
                new Buckets(
                    List.of(new BucketSpan(1, 1), new BucketSpan(1023, 1)), new double[] {2, 3}),
                Buckets.none(),
                new double[0]));
  }

  @Test
  void instant_histogramOfOtherBounds_isReadWithCustomBuckets() {
    answer =
        success(
            "vector",
            """
            [{"metric":{},"histogram":[1,{"count":"8","sum":"20","buckets":[
            [3,"-Inf","1","2"],[0,"5","10","4"],[0,"10","+Inf","2"]]}]},
            {"metric":{"a":"b"},"histogram":[1,{"count":"0","sum":"NaN"}]}]
            """);

    var vector = (InstantVector) engine.instant("h", 1000).value();

    assertThat(vector.histogram(0))
        .hasToString("{count:8, sum:20, [-Inf,1]:2, (5,10]:4, (10,+Inf]:2}");
    assertThat(vector.histogram(1)).hasToString("{count:0, sum:NaN}");
  }

  @Test
  void range_floatsAndHistograms_areReadInTheOrderOfTime() {
    answer =
        success(
            "matrix",
            """
            [{"metric":{},"values":[[1,"1"],[4,"4"]],"histograms":[
            [2,{"count":"2","sum":"2"}],[3,{"count":"3","sum":"3"}]]},
            {"metric":{"a":"b"},"histograms":[[2,{"count":"2","sum":"2"}]]}]
            """);

    var matrix = (RangeMatrix) engine.range("x", 1000, 4000, Duration.ofSeconds(1)).value();

    RangeMatrix.Series mixed = matrix.series().getFirst();
    assertThat(mixed.timestamps()).containsExactly(1000, 2000, 3000, 4000);
    assertThat(mixed.histogram(0)).isNull();
    assertThat(mixed.histogram(2)).hasToString("{count:3, sum:3}");
    assertThat(mixed.values()[3]).isEqualTo(4);
    assertThat(matrix.series().get(1).histogram(0)).hasToString("{count:2, sum:2}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | {"status":"error","errorType":"bad_data","error":"no"} | BAD_DATA
          422 | {"status":"error","errorType":"execution","error":"no"} | EXECUTION
          422 | {"status":"error","errorType":"422","error":"no"} | EXECUTION
          503 | {"status":"error","errorType":"timeout","error":"no"} | TIMEOUT
          503 | {"status":"error","errorType":"canceled","error":"no"} | CANCELED
          500 | {"status":"error","errorType":"internal","error":"no"} | UNAVAILABLE
          502 | <html>bad gateway</html> | UNAVAILABLE
          200 | {"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}} | UNAVAILABLE
          206 | {"status":"success","data":{"resultType":"vector","result":[]}} | UNAVAILABLE
          200 | {"status":"success","warnings":["No StoreAPIs matched"],"data":{"resultType":"vector","result":[]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector"}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":null}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"matrix","result":{}}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"matrix","result":[{"metric":{}}]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"scalar","result":"1"}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]}]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}} | UNAVAILABLE
          200 | {"status":"success"} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"va | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"tensor","result":[]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"scalar","result":[1,"x"]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"x"}]}]}} | UNAVAILABLE
          200 | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[]}]}} | UNAVAILABLE
          """)
  void instant_anythingButAWholeAnswer_isAnErrorOfItsKind(int code, String body, Kind kind) {
    status = code;
    answer = body;
    assertThatThrownBy(() -> engine.instant("up", 0))
        .isInstanceOfSatisfying(QueryException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void instant_serverThatHangs_isATimeout() {
    hang = true;
    assertThatThrownBy(() -> engine(Duration.ofMillis(200)).instant("up", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void instant_serverThatHangsBehindTheHeaders_isATimeout() {
    hangInBody = true;
    answer = success("vector", "[]");
    assertThatThrownBy(() -> engine(Duration.ofMillis(200)).instant("up", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void instant_withAShorterTimeoutOfItsOwn_isNotWaitedForLonger() {
    hang = true;
    var bounds = new QueryBounds(Optional.of(Duration.ofMillis(10)), Optional.empty());
    assertThatThrownBy(() -> engine(Duration.ofHours(1)).evaluate(Query.at("up", 0).within(bounds)))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void instant_withALongerTimeoutOfItsOwn_isNotWaitedForLonger() {
    hang = true;
    var bounds = new QueryBounds(Optional.of(Duration.ofHours(1)), Optional.empty());
    assertThatThrownBy(
            () -> engine(Duration.ofMillis(200)).evaluate(Query.at("up", 0).within(bounds)))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void instant_serverThatIsGone_isUnavailable() {
    RemoteEngine gone = engine(Duration.ofSeconds(5));
    server.stop(0);
    assertThatThrownBy(() -> gone.instant("up", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
  }

  @Test
  void request_carriesTheTokenOfNow(@TempDir Path folder) throws IOException {
    answer = success("scalar", "[1,\"1\"]");
    engine.instant("1", 0);
    assertThat(authorization).isNull();
    Path token = Files.writeString(folder.resolve("token"), "first\n");
    RemoteEngine known =
        engine(HttpOptions.bearer(SecretSource.fromFile(token)), Duration.ofSeconds(5));
    known.instant("1", 0);
    assertThat(authorization).isEqualTo("Bearer first");
    Files.writeString(token, "second");
    known.instant("1", 0);
    assertThat(authorization).isEqualTo("Bearer second");
  }

  @Test
  void tokenThatCantBeRead_isUnavailableAndNamesTheFile() {
    var lost =
        engine(
            HttpOptions.bearer(SecretSource.fromFile(Path.of("no-such-token"))),
            Duration.ofSeconds(5));
    assertThatThrownBy(() -> lost.instant("1", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .hasMessageContaining("no-such-token");
  }

  @Test
  void serverThatWantsAToken_isUnavailableNotEmpty() {
    status = 401;
    answer = "{\"status\":\"error\",\"errorType\":\"unauthorized\",\"error\":\"no\"}";
    assertThatThrownBy(() -> engine.instant("1", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
  }
}
