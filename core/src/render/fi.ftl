# Selitysten tekstit. Nimet ja lainaukset ovat kaksoispisteen tai ajatusviivan jäljessä tai lainausmerkeissä, joten
# niihin ei tarvita sijapäätteitä. "p-" puhuu ihmiselle itselleen, "o-" organisaatiolle, "a-" tarkastajalle.

## Ihmiselle itselleen
p-title = Sinun osaamisesi ja haaste ”{ $title }”
p-needs = { $all ->
    [one] Haasteeseen liittyy yksi osaaminen.
   *[other] Haasteeseen liittyy { $all } osaamista.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] Profiilissasi ei vielä kerrota { $all ->
            [one] siitä
           *[other] niistä
         }. Se ei tarkoita, ettet osaisi.
        [one] { $all ->
            [one] Se näkyy profiilissasi osittain.
           *[other] Niistä yksi näkyy profiilissasi osittain.
         }
       *[other] Niistä { $partly } näkyy profiilissasi osittain.
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] Se näkyy profiilissasi selvästi.
               *[other] Ne kaikki näkyvät profiilissasi selvästi.
             }
           *[other] Niistä { $clear } näkyy profiilissasi selvästi.
         }
       *[other] Niistä { $clear } näkyy profiilissasi selvästi ja { $partly } osittain.
     }
 }
p-no-list = Organisaatio kertoo ongelmastaan omin sanoin eikä luettele, mitä pitää osata.
p-unknown = { $why ->
    [profile_language] Emme vielä tiedä, miten sinä ja tämä haaste sovitte yhteen: tekstisi on kielellä, jota emme osaa lukea. Kirjoita muutama lause suomeksi, ruotsiksi tai englanniksi tai valitse osaamisesi luettelosta.
    [challenge_language] Emme tiedä, miten sinä ja tämä haaste sovitte yhteen: haaste on kielellä, jota emme osaa lukea.
    [empty_profile] Emme vielä tiedä, miten sinä ja tämä haaste sovitte yhteen: profiilisi on tyhjä. Alkuun riittää muutama lause siitä, mitä olet tehnyt.
    [empty_challenge] Emme tiedä, miten sinä ja tämä haaste sovitte yhteen: haasteessa ei vielä kerrota, mistä on kyse.
   *[no_evidence] Emme vielä tiedä, miten sinä ja tämä haaste sovitte yhteen: emme löytäneet tekstistäsi ja haasteesta mitään yhteistä. Se ei ole arvio sinusta. Harva kirjoittaa muistiin kaikkea, mitä osaa.
 }
p-brings = Mitä sinulla on annettavaa
p-met = { $need }{ how }{ p-who }
p-part = { $need } (osittain){ how }{ p-who }
p-who = { $status ->
    [confirmed] {" "}(vahvistettu)
    [stated] {" "}(kerrot tästä itse)
   *[recognised] { $quote ->
        [none] {" "}(löytyi tekstistäsi)
       *[other] {" "}– kirjoitat: ”{ $quote }”
     }
 }
p-words = Teksteissänne on yhteistä: { $ours ->
    [same] ”{ $theirs }”
   *[other] sinä ”{ $ours }”, organisaatio ”{ $theirs }”
 }
p-near = Lähellä toisiaan: kirjoitat ”{ $ours }”, haasteessa sanotaan ”{ $theirs }”
p-fits-language = Kielitaitosi riittää.
p-fits-remote = Etätyö sopii teille molemmille.
p-fits-place = Paikka on sopivan matkan päässä.
p-fits-time = Aika sopii sinulle.
p-fits-wishes = Tällaista työtä olet toivonut.
p-opens = Mikä avaisi sinulle tämän haasteen
p-missing = { $need }: { $why ->
    [must] välttämätöntä tässä, mutta ei vielä profiilissasi.
    [found] mainitaan haasteessa, mutta ei vielä profiilissasi.
   *[asked] ei vielä profiilissasi.
 }{" "}{ $taught ->
    [yes] Voit oppia sen täällä.
   *[no] Jos osaat tämän, lisää se.
 }
p-confirm = { $claim }: löysimme tämän tekstistäsi. Jos se pitää paikkansa, vahvista se, niin se otetaan täysin huomioon.
p-level = { $need }: toiveena on taso { $asked }, profiilissasi on { $has } (asteikolla 1–5).
p-language = { $language }: tarvitaan vähintään taso { $asked }; { $has ->
    [none] profiilissasi ei mainita tätä kieltä.
   *[other] sinulla on { $has }.
 }
p-place = Matkaa on { $km } km; olet sanonut kulkevasi enintään { $radius } km.
p-period = Haasteen aika on { $period }, ja sinä olet vapaana { $free }. Ajat eivät osu yhteen.
p-days = Haaste kestää { $days } päivää, joista olet vapaana { $common }.
p-hours = Haaste vie { $asked } tuntia viikossa; sinulla on aikaa { $has }.
p-route = Organisaation tarjoama tapa on { $route }. Et ole maininnut sitä niiden joukossa, jotka sinulle sopivat.
p-wishes = Työ on vain osaksi sitä, mitä olet toivonut, tai jotain muuta.
p-unclear = Mitä emme vielä tiedä
p-silent = { $signal ->
    [skills] { $silent ->
        [profile] Osaamisesi: profiilissasi ei kerrota siitä.
       *[other] Osaaminen: organisaatio ei ole kertonut, mitä tarvitaan.
     }
    [text] { $silent ->
        [profile] Omat sanasi: profiilissasi ei ole tekstiä, jota osaamme lukea.
        [differ] Yhteiset sanat: sinä ja organisaatio kirjoitatte eri kielillä, joten sanoista ei voi päätellä mitään.
       *[other] Haasteessa ei ole tekstiä, jota osaamme lukea.
     }
    [wishes] { $silent ->
        [challenge] Toiveesi: haasteessa ei kerrota, mitä siinä tehdään tai opitaan.
       *[other] Toiveesi: et ole kertonut niistä.
     }
    [language] { $silent ->
        [challenge] Kielet: organisaatio ei ole kertonut, mitä kieliä tarvitaan.
       *[other] Kielitaitosi: et ole kertonut siitä.
     }
    [place] { $silent ->
        [challenge] Paikka: organisaatio ei ole kertonut sitä.
        [differ] Paikka: emme tiedä, kuinka pitkä matka on.
       *[other] Paikkakuntasi: et ole kertonut sitä.
     }
   *[time] { $silent ->
        [challenge] Aika: organisaatio ei ole kertonut sitä.
        [differ] Aika: sinun ja organisaation tietoja ei voi verrata.
       *[other] Aikasi: et ole kertonut, milloin olet vapaana.
     }
 }
p-note = Jos jokin tässä on väärin, korjaa se profiiliisi. Sinä päätät, mikä pitää paikkansa.

how = { $how ->
    [narrower] {" "}– erityisosaamisesi: { $claim }
    [broader] {" "}– avuksi on laajempi osaamisesi: { $claim }
    [related] {" "}– lähellä tätä: { $claim }
   *[same] {""}
 }

## Organisaatiolle
o-title = Henkilö { $profile } ja haasteenne ”{ $title }”
o-needs = { $all ->
    [one] Haasteeseen liittyy yksi osaaminen.
   *[other] Haasteeseen liittyy { $all } osaamista.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] Henkilön profiilissa ei kerrota { $all ->
            [one] siitä.
           *[other] niistä.
         }
        [one] { $all ->
            [one] Se näkyy henkilön profiilissa osittain.
           *[other] Niistä yksi näkyy henkilön profiilissa osittain.
         }
       *[other] Niistä { $partly } näkyy henkilön profiilissa osittain.
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] Se näkyy henkilön profiilissa selvästi.
               *[other] Ne kaikki näkyvät henkilön profiilissa selvästi.
             }
           *[other] Niistä { $clear } näkyy henkilön profiilissa selvästi.
         }
       *[other] Niistä { $clear } näkyy henkilön profiilissa selvästi ja { $partly } osittain.
     }
 }
o-no-list = Ette ole luetelleet, mitä haasteessa pitää osata, joten vertailu perustuu teksteihin.
o-unknown = { $why ->
    [profile_language] Emme tiedä, sopiiko henkilö: teksti on kielellä, jota emme osaa lukea.
    [challenge_language] Emme tiedä, sopiiko henkilö: haaste on kielellä, jota emme osaa lukea. Kirjoittakaa se suomeksi, ruotsiksi tai englanniksi tai luetelkaa, mitä pitää osata.
    [empty_profile] Emme tiedä, sopiiko henkilö: profiili on vielä tyhjä.
    [empty_challenge] Emme tiedä, sopiiko henkilö: haasteessa ei vielä kerrota, mistä on kyse. Muutama lause ongelmasta riittää.
   *[no_evidence] Emme tiedä, sopiiko henkilö: emme löytäneet teksteistä mitään yhteistä. Henkilö voi silti osata sen, mitä tarvitsette.
 }
o-brings = Mitä henkilö tuo mukanaan
o-met = { $need }{ o-how }{ o-who }
o-part = { $need } (osittain){ o-how }{ o-who }
o-how = { $how ->
    [narrower] {" "}– erityisosaaminen: { $claim }
    [broader] {" "}– avuksi on laajempi osaaminen: { $claim }
    [related] {" "}– lähellä tätä: { $claim }
   *[same] {""}
 }
o-who = { $status ->
    [confirmed] {" "}(vahvistettu)
    [stated] {" "}(henkilön oma ilmoitus)
   *[recognised] { $quote ->
        [none] {" "}(löytyi tekstistä, ei vielä vahvistettu)
       *[other] {" "}– ei vielä vahvistettu; henkilö kirjoittaa: ”{ $quote }”
     }
 }
o-words = Teksteissä on yhteistä: { $ours ->
    [same] ”{ $theirs }”
   *[other] henkilö ”{ $ours }”, te ”{ $theirs }”
 }
o-near = Lähellä toisiaan: henkilö kirjoittaa ”{ $ours }”, te kirjoitatte ”{ $theirs }”
o-fits-language = Kielitaito riittää.
o-fits-remote = Etätyö sopii molemmille.
o-fits-place = Paikka on henkilölle sopivan matkan päässä.
o-fits-time = Aika sopii henkilölle.
o-fits-wishes = Henkilö on toivonut tällaista työtä.
o-adds = Mitä muilta tarvitaan
o-missing = { $need }{ $why ->
    [must] {" "}– välttämätöntä
    [found] {" "}– löytyi tekstistänne; tarvitaanko tätä?
   *[asked] {""}
 }{ $taught ->
    [yes] {" "}– sen voi oppia teillä
   *[no] {""}
 }
o-more = { $need }: tukea siihen, mikä vielä puuttuu{ $why ->
    [must] {" "}– välttämätöntä
    [found] {" "}– löytyi tekstistänne; tarvitaanko tätä?
   *[asked] {""}
 }
o-level = { $need }: pyydätte tasoa { $asked }, henkilö ilmoittaa tason { $has } (asteikolla 1–5).
o-agree = Mistä kannattaa puhua henkilön kanssa
o-language = { $language }: pyydätte vähintään tasoa { $asked }; { $has ->
    [none] henkilö ei mainitse tätä kieltä.
   *[other] henkilöllä on { $has }.
 }
o-place = Matkaa henkilön luota on { $km } km, ja henkilö kulkee enintään { $radius } km.
o-period = Aikanne on { $period }, ja henkilö on vapaana { $free }. Ajat eivät osu yhteen.
o-days = Jakso kestää { $days } päivää, joista henkilö on vapaana { $common }.
o-hours = Pyydätte { $asked } tuntia viikossa; henkilöllä on aikaa { $has }.
o-route = Tarjoamanne tapa on { $route }. Henkilö ei ole maininnut sitä niiden joukossa, jotka hänelle sopivat.
o-wishes = Työ on vain osaksi sitä, mitä henkilö on toivonut, tai jotain muuta.
o-unclear = Mitä ei tiedetä
o-silent = { $signal ->
    [skills] { $silent ->
        [profile] Osaaminen: henkilön profiilissa ei kerrota siitä.
       *[other] Osaaminen: ette ole kertoneet, mitä tarvitaan.
     }
    [text] { $silent ->
        [profile] Omat sanat: henkilön profiilissa ei ole tekstiä, jota osaamme lukea.
        [differ] Yhteiset sanat: tekstit ovat eri kielillä, joten sanoista ei voi päätellä mitään.
       *[other] Haasteessa ei ole tekstiä, jota osaamme lukea.
     }
    [wishes] { $silent ->
        [challenge] Toiveet: haasteessa ei kerrota, mitä siinä tehdään tai opitaan.
       *[other] Toiveet: henkilö ei ole kertonut niistä.
     }
    [language] { $silent ->
        [challenge] Kielet: ette ole kertoneet, mitä kieliä tarvitaan.
       *[other] Kielitaito: henkilö ei ole kertonut siitä.
     }
    [place] { $silent ->
        [challenge] Paikka: ette ole kertoneet sitä.
        [differ] Paikka: matkan pituutta ei tiedetä.
       *[other] Paikkakunta: henkilö ei ole kertonut sitä.
     }
   *[time] { $silent ->
        [challenge] Aika: ette ole kertoneet sitä.
        [differ] Aika: tietoja ei voi verrata.
       *[other] Aika: henkilö ei ole kertonut, milloin hän on vapaana.
     }
 }
o-note = Henkilö voi osata sellaistakin, mitä profiilissa ei mainita. Kysykää.

## Tarkastajalle
a-title = Selvitys osumasta: profiili { $profile }, haaste { $challenge }
a-score = Pisteet: { $score } (asteikolla 0–1), viimeistä numeroa myöten { $exact }
a-unknown = Pisteitä ei ole. Syy: { $why ->
    [profile_language] profiilin teksti ei ole millään tuetulla kielellä, eikä siinä ilmoiteta osaamista
    [challenge_language] haasteen teksti ei ole millään tuetulla kielellä, eikä siinä ole vaatimuksia
    [empty_profile] profiilissa ei ole mitään, mitä voisi ymmärtää
    [empty_challenge] haasteessa ei ole mitään, mitä voisi ymmärtää
   *[no_evidence] asiakirjoissa ei ole mitään, mikä kohtaisi
 }. Tämä ei ole nolla.
a-known = Tunnettu osuus painoista: { $known }
a-formula = Pisteet ovat osuuksien summa. Osuus on paino × arvo ÷ tunnettujen painojen summa, joka on { $total }. Se, mitä ei tiedetä, ei lisää mitään, ja sen paino jaetaan muille. Luvut on pyöristetty kuuteen desimaaliin.
a-signals = Signaalit
a-signal = { signal }: arvo { $value }, paino { $weight }, osuus { $contribution }
a-silent = { signal }: ei tiedossa, paino { $weight }. Syy: { silent }
a-sum = Osuuksien summa: { $sum }
signal = { $signal ->
    [skills] Osaaminen
    [text] Teksti
    [semantic] Merkitys
    [wishes] Toiveet
    [language] Kielet
    [place] Paikka
   *[time] Aika
 }
silent = { $silent ->
    [profile] profiilissa ei kerrota sitä
    [challenge] haasteessa ei kerrota sitä
    [both] sitä ei kerrota profiilissa eikä haasteessa
    [vectors] teksteistä ei ole vektoreita
   *[differ] { $signal ->
        [text] tekstit ovat eri kielillä
        [place] eri paikannimet ilman koordinaatteja
       *[other] toisella päivät, toisella tunnit
     }
 }
a-needs = Vaatimukset
a-no-needs = Haasteessa ei ole vaatimuksia, ei annettuja eikä tunnistettuja.
a-need = { $need }: täyttymisaste { $degree }, paino { $weight }{ $must ->
    [yes] , välttämätön vaatimus
   *[no] {""}
 }, { asked-by }{ asked-level }{ $quote ->
    [none] {""}
   *[other] , haasteessa: ”{ $quote }”
 }
asked-by = { $status ->
    [recognised] tunnistettu haasteesta
    [confirmed] organisaation vahvistama
   *[stated] organisaation antama
 }
asked-level = { $asked ->
    [0] {""}
   *[other] , pyydetty taso { $asked }
 }
a-met = Täyttyy näin: { $claim } ({ $how ->
    [narrower] suppeampi
    [broader] laajempi
    [related] lähellä
   *[same] sama osaaminen
 }, { $status ->
    [confirmed] vahvistettu
    [stated] ilmoitettu
   *[recognised] tunnistettu tekstistä
 }); läheisyys { $similarity }, luotettavuus { $strength }{ $has ->
    [0] , tasoa ei kerrota
   *[other] , taso { $has }
 }{ $quote ->
    [none] {""}
   *[other] , profiilissa: ”{ $quote }”
 }
a-unmet = Ei profiilissa: ei tiedetä, osaako henkilö tätä. Kattavuus lasketaan siitä, mitä profiilissa kerrotaan.
a-words = Yhteiset sanat
a-word = ”{ $ours }” – ”{ $theirs }”: { $share } tekstisignaalin summasta
a-nears = Merkitykseltään läheiset virkkeet
a-near = ”{ $ours }” – ”{ $theirs }”: läheisyys { $degree }
a-facts = Olosuhteet
a-language = { $language }: pyydetty { $asked }, { $has ->
    [none] henkilö ei mainitse kieltä
   *[other] henkilöllä { $has }
 }
a-remote = Molemmat hyväksyvät etätyön.
a-distance = Etäisyys { $km } km, henkilön kulkema matka enintään { $radius } km
a-days = Yhteisiä päiviä { $common }, jakson päiviä { $days }
a-hours = Tunteja viikossa: henkilöllä { $has }, pyydetty { $asked }
a-route = Tarjottu tapa: { $route }
a-accepts = Hyväksytyt tavat: { $route }
a-no-facts = Mitään verrattavaa ei ole kerrottu.
a-gates = Portit
a-gate = Ei täyty: { $gate ->
    [musts] jokin välttämätön täyttyy alle puoliksi tai ei lainkaan
    [language] jokin kieli puuttuu tai jää alle tason
    [place] henkilön kulkemaa matkaa pidempi
    [period] ei yhtään yhteistä päivää
   *[route] tapa ei ole hyväksyttyjen joukossa
 }{ $shuts ->
    [yes] {" "}– sulkee pois tuloslistoilta
   *[no] {" "}– vain tiedoksi, ei sulje pois
 }
a-no-gate = Yksikään portti ei tiettävästi jää täyttymättä.
a-versions = Versiot ja laskelman toistaminen
a-version = osuma { $version }, asiakirjojen skeema { $schema }
a-taxonomy = Taksonomia: { $digest }
a-snapshot = Tilannekuva: { $digest }
a-settings = Teksti: k1 { $k1 }, b { $b }, sananosat { $subwords ->
    [none] ei käytössä
   *[other] { $subwords }
 }
a-again = { $stored ->
    [yes] Avaa tämä tilannekuva tällä osuman versiolla ja yllä olevilla painoilla ja kutsu explain({ $profile }, { $challenge }): tulos on bitilleen sama kaikilla alustoilla.
   *[no] Avaa tämä tilannekuva tällä osuman versiolla ja yllä olevilla painoilla ja kutsu explain_new; profiili { $profile } sellaisena kuin se annettiin, haaste { $challenge }: tulos on bitilleen sama kaikilla alustoilla.
 }

## Nimet
from-until = { $from }–{ $until }
from-on = { $from } alkaen
until-on = { $until } asti
route = { $route ->
    [workshop] tulevaisuusverstas
    [cooperative_activity] yhteistoiminta
    [work_trial] työkokeilu
    [pay_subsidy] palkkatuettu työ
    [commission] toimeksianto
   *[employment] työsuhde
 }
language = { $code ->
    [ar] arabia
    [bn] bengali
    [de] saksa
    [en] englanti
    [es] espanja
    [et] viro
    [fa] persia
    [fi] suomi
    [fr] ranska
    [hi] hindi
    [it] italia
    [ku] kurdi
    [lv] latvia
    [lt] liettua
    [ne] nepali
    [pl] puola
    [pt] portugali
    [ro] romania
    [ru] venäjä
    [se] pohjoissaame
    [so] somali
    [sq] albania
    [sv] ruotsi
    [sw] swahili
    [ta] tamili
    [th] thai
    [ti] tigrinja
    [tl] tagalog
    [tr] turkki
    [uk] ukraina
    [ur] urdu
    [vi] vietnam
    [zh] kiina
   *[other] { $code }
 }
