--- resume_words.lua: the words of resumes.lua.  Under "train", "val" and "test" stand words of one part of the data,
-- which are in no other; what all parts share stands without a part.
local words = {}

--- words.list(text) -> what stands between the bars, without blanks at its ends.
function words.list(text)
  local out = {}
  for item in (text .. "|"):gmatch "([^|]*)|" do out[#out + 1] = item:match "^%s*(.-)%s*$" end
  return out
end
local list = words.list

words.first = {
  train = list [[
      Anna|Luis|Wei|Priya|Omar|Fatima|Jürgen|Chloé|Kenji|Olga|Kwame|Aisha|Mateo|Ingrid|Ravi|Mei|Tomasz|Zoë|
      Björn|Amara|Diego|Yuki|Nadia|Seán|Leila|Piotr|Camila|Arjun|Elif|Viktor|Ngozi|Pedro|Hana|Rahul|Sofia|Marek|
      Deepa|Youssef|Ana|Minh|Katarzyna|Emeka|Lucía|Anil|Grace|James|Emily|Robert|Laura|Brian|Megan|Sunita|
      Karthik|Abhishek|Pooja|Vikram|Sneha|Daniel|Rachel|Thomas|William|Charlotte|Hugo|Inês|Jorge|Ksenia|Magnus|
      Neha|Olivier|Pilar|Ramesh|Samira|Tiago|Ulrike|Vinod|Wanjiru|Yan|Zainab|Alberto|Birgit|Carlos|Dagny]],
  val = list [[
      Maria|Hiroshi|Kavya|Sven|Amina|Étienne|Ivan|Chen|Nikhil|Greta|Pablo|Zeynep|Liam|Ewa|Tariq|Beatriz|
      Oluwaseun|Mónica|Suresh|Hanna|Julien|Thandiwe|Aleksander|Divya|Peter|Sarah|Manish|Noor|Jakub|Helen|
      Akira|Valentina|Oskar|Nandini|Yusuf|Margarida|Bogdan|Chiamaka|Thiago|Astrid|Farah|Léon|Radha|Milan|
      Shanice|Eoin|Ximena|Harish|Jolanta|Sipho|Patrick|Jennifer|Naveen|Rukhsana|Dmitri|Kaori|Antônio|Zofia|
      Abena|Matthew]],
  test = list [[
      Aurélie|Benedikt|Chinonso|Dariusz|Esperanza|Faisal|Gabriela|Haruto|Isolde|Jamal|Kateryna|Leandro|Meera|
      Nuria|Odile|Prakash|Quentin|Rosalind|Stefan|Takumi|Usha|Vasile|Wiebke|Xochitl|Yasmin|Zbigniew|Callum|
      Bronwyn|Gideon|Lakshmi]],
}
words.last = {
  train = list [[
      Müller|García|Wang|Sharma|Haddad|Khan|Schneider|Dubois|Tanaka|Petrova|Mensah|Bello|Fernández|Larsen|Patel|
      Lin|Kowalski|de Vries|Lindqvist|Okafor|Morales|Sato|Ibrahim|O'Connor|Hosseini|Nowak|Souza|Reddy|Yılmaz|
      Novak|Adeyemi|Silva|Kim|Gupta|Rossi|Horák|Iyer|Mansour|Costa|Nguyen|Zając|Eze|Ramos|Kumar|Smith|Brown|
      Taylor|Wilson|Moore|Clark|Nair|Menon|Joshi|Verma|Kulkarni|Das|Walker|Harris|Lewis|Young|van den Berg|
      Andersson|Bianchi|Castillo|Doğan|Eriksen|Fontaine|Hernández|Isaksen|Jovanović|Kuznetsov|Lombardi|Mbeki|
      Nakamura|O'Brien|Popescu|Rasmussen|Schwarz|Tembo|Ullah|Vargas|Watanabe|Yadav|Zhang]],
  val = list [[
      Jansen|Yamamoto|Pillai|Johansson|Diallo|Lefèvre|Sokolov|Zhao|Agarwal|Fischer|Navarro|Demir|Murphy|Wójcik|
      Rahman|Almeida|Adebayo|Serrano|Rao|Virtanen|Moreau|Dlamini|Wiśniewski|Bhat|Wright|Evans|Mishra|Aziz|
      Dvořák|Hughes|Chatterjee|Zimmermann|Pereira|Kobayashi|Aydın|Nyström|Hamdan|Nwosu|Girard|Volkov|Kamble|
      Ortega|O'Sullivan|Kaczmarek|Chang|Ndlovu|Becker|Saleh|Venkatesan|Mäkinen|Turner|Campbell|Teixeira|
      Ramachandran|Svoboda|Owusu|Delgado|Ishikawa|Malhotra|Parker]],
  test = list [[
      Abbott|Banerjee|Carvalho|Dimitrov|Espinoza|Fitzgerald|Goldberg|Hakimi|Ivanova|Jaworski|Kovács|Laurent|
      Matsumoto|Naidu|Okonkwo|Papadopoulos|Quintero|Rosenthal|Stewart|Takahashi|Usman|Vázquez|Wagner|Xiong|
      Yoon|Zielińska|Bergström|Deshpande|Mwangi|O'Neill]],
}

-- Firms: a root and a kind of firm, or a name that stands alone.
words.root = {
  train = list [[
      Nordwind|Blue Harbor|Vertex|Sunrise|Kalypso|Ironbridge|Quantum Leaf|Orion|Maple|Tessera|Redstone|Hallmark|
      Zenith|Lumen|Cobalt|Everest|Pinnacle|Sterling|Apex|Greenfield|Falcon|Meridian|Bright Path|Crestview|Delta|
      Emerald|Fusion|Granite|Horizon|Indigo|Juniper|Keystone|Lakeside|Magnolia|Northgate|Oakwood|Prism|Quarry|
      Riverbend|Silverline|Amber Hill|Beacon|Clearwater|Dragonfly|Eastfield|Firefly|Golden Bay|Harvest|Ivory|
      Jade Mountain|Kingfisher|Lighthouse|Monarch|Nova|Olive Branch|Phoenix|Quill|Rainbow|Stonegate|Three Rivers]],
  val = list [[
      Aldermoor|Bluebell|Cascadia|Driftwood|Elmwood|Foxglove|Goldcrest|Halcyon|Ironwood|Kestrel|Larkspur|
      Moonrise|Nimbus|Opal|Peregrine|Rosewood|Sapphire|Thornbury|Umbra|Willow Creek|Alderbrook|Brightwater|
      Copperleaf|Dovetail|Evergreen|Flintlock|Gatehouse|Highmark|Islander|Kingsway|Lantern|Mulberry|Northstar|
      Ocean Gate|Pathfinder|Rockwell|Sandpiper|Trident|Vantage|Westbrook]],
  test = list [[
      Ashgrove|Birchwood|Cliffside|Daybreak|Eagle Point|Fernhill|Glacier|Hawthorn|Ivy Lane|Jetstream|Longbow|
      Marigold|Northern Light|Onyx|Polaris|Ravenswood|Summit Ridge|Tidewater|Upland|Windmere]],
}
words.kind = list [[
      Technologies|Systems|Solutions Pvt Ltd|Bank|GmbH|Consulting|Labs|Software Ltd|Industries|Group|
      Networks Inc.|Analytics|Logistics|Pharma|Motors|Insurance|Media|Energy AG|& Sons|Telecom Limited]]
words.firm = {
  train = list [[
      Infosys|Oracle|IBM|Wipro|Accenture|Siemens|Microsoft|Cisco|Deloitte|SAP|Google|Amazon|Sony|Samsung|KPMG|
      Volvo|Honda|Shell|Bayer|Novartis|Danone|Heineken|IKEA|Maersk|Repsol|Telefónica|Petrobras|Embraer|Huawei|
      Lenovo|Alibaba|Tencent|Canon|Mazda|Nissan|Hyundai|Kia|Airtel|Flipkart|Mphasis|Zomato|Starbucks|Walmart|
      Boeing|Xerox|Adobe|Nvidia|Visa|Mastercard|UPS|FedEx|DHL|Allianz|Continental|Zalando|Spotify|Ubisoft|Sanofi|
      L'Oréal|Michelin|Santander|Zara|Ferrari|Barilla|Skoda|Allegro|Safaricom|Jumia|MTN|Emirates|Aramco|Turkcell]],
  val = list "Capgemini|Nokia|Bosch|Intel|Philips|Ericsson|HCL|Toshiba|Dell|Barclays|Renault|Panasonic",
  test = list "Fujitsu|Unilever|Lufthansa|Tesco|Airbus|Vodafone|Adidas|Pfizer|Hitachi|Nestlé|Cognizant|Kodak",
}

words.city = {
  train = list [[
      Bengaluru|Pune|Mumbai|Berlin|Madrid|Lagos|Osaka|São Paulo|Warsaw|Chennai|Paris|London|Toronto|Hyderabad|
      Singapore|Cairo|New York|San Francisco|Delhi|Munich|Istanbul|Dublin|Oslo|Nairobi|Lisbon|Seattle|Kolkata|
      Prague|Rome|Vienna|Zürich|Bogotá|Lima|Quito|La Paz|Buenos Aires|Rio de Janeiro|Mexico City|Havana|Phoenix|
      San Diego|Salt Lake City|New Orleans|Chicago|Philadelphia|Pittsburgh|Vancouver|Ottawa|Calgary|Edinburgh|
      Leeds|Birmingham|Newcastle upon Tyne|Frankfurt am Main|Cologne|Düsseldorf|Leipzig|Aix-en-Provence|Marseille|
      Nice|Bordeaux|Sevilla|Valencia|A Coruña|Naples|Milan|Athens|Thessaloniki|Sofia|Bucharest|Budapest|Belgrade|
      Zagreb|Ljubljana|Bratislava|Kyiv|Minsk|Riga|Vilnius|Tallinn|Stockholm|Göteborg|Copenhagen|Aarhus|Reykjavík|
      Moscow|Saint Petersburg|Baku|Tbilisi|Tehran|Baghdad|Amman|Beirut|Damascus|Riyadh|Dubai|Abu Dhabi|Doha|
      Kuwait City|Karachi|Lahore|Islamabad|Dhaka|Kathmandu|Colombo|Mysore|Nagpur|Surat|Vadodara|Bhopal|Patna|
      Coimbatore|Visakhapatnam|Trivandrum|Bangkok|Hanoi|Ho Chi Minh City|Manila|Taipei|Hong Kong|Shanghai|Beijing|
      Guangzhou|Shenzhen|Seoul|Busan|Tokyo|Kyoto|Sapporo|Sydney|Melbourne|Perth|Auckland|Wellington|Cape Town|
      Johannesburg|Durban|Abuja|Dakar|Kinshasa|Addis Ababa|Tunis|Algiers]],
  val = list [[
      Ahmedabad|Hamburg|Barcelona|Accra|Nagoya|Recife|Kraków|Jaipur|Lyon|Manchester|Montréal|Kochi|Jakarta|
      Casablanca|Boston|Los Angeles|Lucknow|Stuttgart|Ankara|Cork|Bergen|Kampala|Porto|Denver|Indore|Brno|
      Kuala Lumpur|Helsinki]],
  test = list [[
      Chandigarh|Rotterdam|Antwerp|Bilbao|Genoa|Turin|Malmö|Gdańsk|Wrocław|Liverpool|Bristol|Glasgow|Marrakesh|
      Kumasi|Mombasa|Lusaka|Fukuoka|Kobe|Hangzhou|Chiang Mai|Da Nang|Medellín|Guadalajara|Santiago|Curitiba|
      Detroit|Austin|Las Vegas|Winnipeg|Brisbane]],
}
words.region = {
  train = list [[
      Karnataka|India|Germany|Spain|Nigeria|Japan|Brazil|Poland|France|UK|Canada|CA|Texas|Ireland|Maharashtra|
      Tamil Nadu|TX|NY|WA|England|Scotland|Bavaria|Hessen|Sweden|Denmark|Greece|Argentina|Chile|South Africa|
      Egypt|China|Vietnam|New Zealand|United Kingdom|U.S.A.|Hungary|Quebec|QC|Florida|NSW]],
  val = list [[
      Gujarat|Kenya|Austria|Italy|Ghana|Malaysia|Mexico|Turkey|Portugal|USA|Australia|MA|Ontario|Norway]],
  test = list [[
      Kerala|Punjab|Netherlands|Belgium|Switzerland|Finland|Colombia|Peru|Morocco|Indonesia|Zambia|IL|OH|
      Alberta|Wales|Catalonia]],
}

-- Schools: patterns around a place or a name.
words.school = {
  train = list [[
      %s University|University of %s|%s Institute of Technology|%s College of Engineering|St. %s College|
      %s National University|Technical College of %s|State University of %s|Institute of Science %s|
      School of Commerce, %s|%s Business School|%s Technical Institute|National College %s|Polytechnic of %s|
      %s School of Design|College of %s|Academy of %s|%s Academy of Arts|Royal University of %s|
      %s Open University]],
  val = list [[
      %s State University|%s School of Business|Technical University of %s|%s Polytechnic|
      National Institute of %s|%s International University|Higher Institute of Informatics %s|
      %s Engineering College|Central University of %s|University College, %s]],
  test = list [[
      %s Graduate School|Metropolitan University of %s|%s College of Nursing|
      Superior School of Telecommunications %s|United Colleges, %s]],
}

-- What all parts share.
words.grade = list "Senior|Junior|Lead|Principal|Associate|Assistant|Chief|||||||"
words.work = list [[
      Software Engineer|Data Analyst|Project Manager|Test Engineer|System Administrator|Accountant|
      Java Developer|Web Developer|Business Analyst|Sales Executive|HR Manager|Network Engineer|
      Database Administrator|Technical Lead|Consultant|Product Owner|Mechanical Engineer|Data Scientist|
      Support Engineer|Marketing Specialist|Operations Manager|Architect|Research Assistant|Team Leader|
      Quality Analyst|Graphic Designer]]
words.degree = list [[
      Bachelor of Engineering|B.Tech|B.E|Master of Science|M.Sc|MBA|Bachelor of Commerce|B.Sc|MCA|BCA|Ph.D|
      Master of Computer Applications|Diploma|Bachelor of Arts|M.Tech|B.Com|Master of Business Administration]]
words.field = list [[
      Computer Science|Mechanical Engineering|Information Technology|Physics|Mathematics|Electronics|Economics|
      Finance|Civil Engineering|Marketing|Statistics|Business Informatics]]
words.skill = list [[
      Java|Python|C++|SQL|Linux|Excel|JavaScript|HTML|CSS|Oracle DB|AWS|Docker|Git|Machine Learning|SAP FICO|
      Tableau|Project Management|Agile|Scrum|Photoshop|Spring Boot|Hibernate|React|Angular|Node.js|MATLAB|
      AutoCAD|Salesforce|Selenium|Jenkins|Power BI|Hadoop|Spark|Networking|Data Analysis|Communication|
      Leadership|C#|.NET|PHP|MySQL|MongoDB]]
words.duty = list [[
      built reports for the sales team|maintained the nightly build|led a team of six people|wrote unit tests|
      moved the old system to the cloud|trained new colleagues|reduced costs by 12%|
      answered tickets of customers|planned releases with the client|reviewed designs|
      automated the monthly closing|kept the servers running|prepared documents for audits|
      analysed requirements|worked with offshore teams|improved response times|took part in daily meetings|
      handled budgets and forecasts]]
words.hobby = list "chess|hiking|photography|cooking|cricket|reading|travelling|music|yoga|football"
words.tongue = list "English|Hindi|German|Spanish|French|Japanese|Polish|Arabic|Portuguese|Tamil"
words.month = list "January|February|March|April|May|June|July|August|September|October|November|December"
words.mail = list "gmail.com|yahoo.com|outlook.com|mail.example.org|web.de|company.co.in"
words.adjective = list "dynamic|reliable|curious|result oriented|careful|motivated"
words.trade = list [[
      banking|retail|testing|web services|data warehousing|telecom|insurance|customer care]]

return words
