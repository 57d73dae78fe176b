// SPDX-License-Identifier: Apache-2.0

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Node;

/**
 * A client of nothing but the JDK: signs a request with a key in DER, posts it, verifies the answer
 * and prints its code.
 *
 * <p>java Client URL REQUEST.xml CERTIFICATE.pem KEY.der HOST-CERTIFICATE.pem
 */
final class Client {
  private static final String DUIS = "http://www.dccinterface.co.uk/ServiceUserGateway";
  private static final String ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
  private static final XMLSignatureFactory SIGNATURES = XMLSignatureFactory.getInstance("DOM");

  private Client() {}

  public static void main(String[] words) throws Exception {
    Document request = parse(Files.readAllBytes(Path.of(words[1])));
    sign(request, certificate(words[2]), key(words[3]));
    HttpResponse<byte[]> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(words[0]))
                    .timeout(Duration.ofSeconds(3))
                    .header("Content-Type", "application/xml")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(octets(request)))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) throw new IllegalStateException(new String(answer.body()));
    Document response = parse(answer.body());
    if (!verifies(response, certificate(words[4])))
      throw new IllegalStateException("the response's signature does not verify");
    Node code = response.getElementsByTagNameNS(DUIS, "ResponseCode").item(0);
    if (verifies(changed(answer.body(), code.getTextContent()), certificate(words[4])))
      throw new IllegalStateException("a changed response verifies");
    System.out.println(code.getTextContent());
  }

  private static Document parse(byte[] octets) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(octets));
  }

  private static byte[] octets(Document document) throws Exception {
    ByteArrayOutputStream to = new ByteArrayOutputStream();
    TransformerFactory.newInstance()
        .newTransformer()
        .transform(new DOMSource(document), new StreamResult(to));
    return to.toByteArray();
  }

  private static Document changed(byte[] octets, String code) throws Exception {
    Document document = parse(octets);
    String other = code.equals("E1") ? "I99" : "E1";
    document.getElementsByTagNameNS(DUIS, "ResponseCode").item(0).setTextContent(other);
    return document;
  }

  private static X509Certificate certificate(String file) throws Exception {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(String file) throws Exception {
    byte[] der = Files.readAllBytes(Path.of(file));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  private static void sign(Document document, X509Certificate certificate, PrivateKey key)
      throws Exception {
    Reference whole =
        SIGNATURES.newReference(
            "",
            SIGNATURES.newDigestMethod(DigestMethod.SHA256, null),
            List.of(SIGNATURES.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null)),
            null,
            null);
    SignedInfo info =
        SIGNATURES.newSignedInfo(
            SIGNATURES.newCanonicalizationMethod(
                CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
            SIGNATURES.newSignatureMethod(ECDSA, null),
            List.of(whole));
    KeyInfoFactory names = SIGNATURES.getKeyInfoFactory();
    Object name =
        names.newX509IssuerSerial(
            certificate.getIssuerX500Principal().getName(), certificate.getSerialNumber());
    SIGNATURES
        .newXMLSignature(info, names.newKeyInfo(List.of(names.newX509Data(List.of(name)))))
        .sign(new DOMSignContext(key, document.getDocumentElement()));
  }

  private static boolean verifies(Document document, X509Certificate certificate)
      throws Exception {
    Node signature = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
    DOMValidateContext context = new DOMValidateContext(certificate.getPublicKey(), signature);
    return SIGNATURES.unmarshalXMLSignature(context).validate(context);
  }
}
