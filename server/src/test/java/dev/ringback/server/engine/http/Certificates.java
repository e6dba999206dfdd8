package dev.ringback.server.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** An authority of a test's own, and the certificates that it signs. */
final class Certificates {
  private static final String PASSWORD = "changeit";

  private final Path file;

  Certificates(Path folder) throws IOException, InterruptedException {
    this.file = folder.resolve("keys.p12");
    make("authority", "CN=authority", "-ext", "bc:c");
  }

  /** Makes a certificate that the authority signs. */
  void sign(String name, String subject, String... options)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-signer", "authority"));
    all.addAll(Arrays.asList(options));
    make(name, subject, all.toArray(String[]::new));
  }

  /** An option for names that keytool itself would refuse: their DER (RFC 5280, 4.2.1.6). */
  static String names(String... names) {
    StringBuilder all = new StringBuilder();
    for (String name : names) {
      all.append((char) 0x82).append((char) name.length()).append(name);
    }
    String der = (char) 0x30 + "" + (char) all.length() + all;
    return "2.5.29.17="
        + HexFormat.ofDelimiter(":").formatHex(der.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Makes a certificate that signs itself. */
  void make(String name, String subject, String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString(),
                "-alias",
                name,
                "-dname",
                subject));
    command.addAll(Arrays.asList(options));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
  }

  /** Of a target that has this certificate. */
  SSLContext of(String name) throws IOException, GeneralSecurityException {
    KeyStore one = empty();
    KeyStore all = all();
    one.setKeyEntry(
        name,
        all.getKey(name, PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        all.getCertificateChain(name));
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(one, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), null, null);
    return context;
  }

  /** Of a caller who trusts the authority. */
  SSLContext trusting() throws IOException, GeneralSecurityException {
    KeyStore trusted = empty();
    trusted.setCertificateEntry("authority", all().getCertificate("authority"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  X509Certificate certificate(String name) throws IOException, GeneralSecurityException {
    return (X509Certificate) all().getCertificate(name);
  }

  private KeyStore all() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    return keys;
  }
}
